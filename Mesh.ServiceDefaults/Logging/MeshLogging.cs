using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Mesh.ServiceDefaults.Logging;

/// <summary>One timestamped line a message on standard output; levels from <c>Logging__LogLevel__*</c> as everywhere in .NET.</summary>
internal static class MeshLogging
{
    public static void AddMeshLogging(this IHostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = MeshLogFormatter.FormatterName)
            .AddConsoleFormatter<MeshLogFormatter, ConsoleFormatterOptions>();
        // What the configuration says comes last and wins.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning)
            // A check that fails is in the answer of /health/ready; as a line at every poll it would bury all else.
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            // While Redis is unavailable it says so four times a second; those who use it say what that means for them, and the check
            // 'redis' where it is looked for.
            .AddFilter("StackExchange.Redis", LogLevel.None)
            .AddFilter("System", LogLevel.Warning)
            .AddFilter("Grpc", LogLevel.Warning)
            .AddFilter("Yarp", LogLevel.Warning)
            .AddConfiguration(builder.Configuration.GetSection("Logging"));
    }
}
