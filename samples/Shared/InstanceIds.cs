namespace Mesh.Samples;

/// <summary>Who this process is among the instances of its service.</summary>
internal static class InstanceIds
{
    private const string Attribute = "service.instance.id=";

    /// <summary>
    /// An orchestrator gives all replicas of a resource one name (<c>OTEL_SERVICE_NAME</c>) and tells them apart by
    /// <c>service.instance.id</c>. Under one id they would take each other's place, and only one would get requests. Who was told neither
    /// is told apart by its process.
    /// </summary>
    /// <param name="configuration">The environment.</param>
    /// <param name="name">What an instance is called that was given no name.</param>
    public static string Of(IConfiguration configuration, string name)
    {
        var replica = (configuration["OTEL_RESOURCE_ATTRIBUTES"] ?? "").Split(',', StringSplitOptions.TrimEntries)
            .FirstOrDefault(attribute => attribute.StartsWith(Attribute, StringComparison.Ordinal))?[Attribute.Length..];
        var given = configuration["OTEL_SERVICE_NAME"];
        if (string.IsNullOrEmpty(replica)) return given ?? $"{name}-{Environment.ProcessId}";
        return given is null || replica.StartsWith(given, StringComparison.Ordinal) ? replica : $"{given}-{replica}";
    }
}
