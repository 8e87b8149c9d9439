using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Mesh.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Mesh.LocalHosting.Engine;

/// <summary>The variables a child is started with, beyond those it inherits.</summary>
/// <param name="dataFolder">Absolute; every child gets the same.</param>
/// <param name="tracesEndpoint">Where spans go while nobody set another place; null where somebody did.</param>
/// <param name="execution">Told to the callbacks of AppHost.cs.</param>
internal sealed class ChildEnvironment(string dataFolder, string? tracesEndpoint, DistributedApplicationExecutionContext execution)
{
    /// <summary>Where somebody has told the children to send their spans; null where nobody has.</summary>
    public static string? TracesGoElsewhere(IConfiguration configuration) =>
        new[] { "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT" }.Select(name => configuration[name]).FirstOrDefault(set => !string.IsNullOrEmpty(set));

    public async Task<Dictionary<string, string>> Of(IResource resource)
    {
        var variables = new Dictionary<string, object>
        {
            [ParentPipe.Variable] = "stdin",
            ["MESH_DATA_DIR"] = dataFolder,
            ["OTEL_SERVICE_NAME"] = resource.Name,
            // AppHost may run with a .NET that stands in no default place; its children need the same one.
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../..")),
            // Many small processes on one machine: a small heap counts for more than the last tenth of throughput.
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_GCConserveMemory"] = "5",
            // 32 MB between two collections of the young instead of a few: most of what a write allocates is dead by then. A fifth less CPU a write.
            ["DOTNET_GCgen0size"] = "0x2000000",
            ["DOTNET_TieredPGO"] = "0",
            // A thread that has nothing more to do sleeps at once. Spinning first costs an idle mesh a quarter of its CPU, and a busy one the cores its neighbours need.
            ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
        };
        if (tracesEndpoint is not null)
        {
            variables["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = tracesEndpoint;
            variables["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf";
            // So that a trace can be looked at right after what it shows.
            variables["OTEL_BSP_SCHEDULE_DELAY"] = "300";
        }

        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToList();
        if (resource is ProjectResource)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', endpoints.Where(e => e.EnvironmentVariable is null).Select(e => $"http://127.0.0.1:{e.AllocatedPort}"));
            foreach (var endpoint in endpoints.Where(e => e.EnvironmentVariable is not null))
                variables[endpoint.EnvironmentVariable!] = $"{endpoint.AllocatedPort}";
        }

        foreach (var kafka in resource.Annotations.OfType<ReferenceAnnotation>().Select(reference => reference.Resource).OfType<KafkaServerResource>().Take(1))
        {
            // librdkafka's broker holds an empty fetch for the whole time a client allows, whatever arrives meanwhile. Only who has no other feed needs it quick.
            variables["Mesh__Kafka__FetchWaitMaxMs"] = "2";
            // This broker waits nearly another session timeout before it shares out again, and 3 s before it first does: more than that, and little.
            variables["Mesh__Kafka__SessionTimeoutMs"] = "3500";
        }

        if (resource is RedisResource redis) variables["MESH_REDIS_PASSWORD"] = redis.Password;

        var context = new EnvironmentCallbackContext(execution, variables);
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await callback.Callback(context);
        return variables.ToDictionary(variable => variable.Key, variable => variable.Value.ToString()!);
    }
}
