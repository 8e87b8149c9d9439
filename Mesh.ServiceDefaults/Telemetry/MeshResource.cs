using System.Reflection;
using OpenTelemetry.Resources;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>Which process a span, a metric or a log record comes from.</summary>
internal static class MeshResource
{
    public const string Namespace = "cdaprod-mesh";

    /// <summary>
    /// The host's name and version, and an instance id of this process; <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c>
    /// override each.
    /// </summary>
    public static ResourceBuilder AddMeshHost(this ResourceBuilder resource, string serviceName) =>
        // The SDK has read the environment already; of two values the later counts, so it is read again.
        resource.AddService(serviceName, Namespace, Version(), autoGenerateServiceInstanceId: true).AddEnvironmentVariableDetector();

    // Without the commit, which the SDK appends after a plus.
    private static string? Version() =>
        (Assembly.GetEntryAssembly()
            ?? typeof(MeshResource).Assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[
                0];
}
