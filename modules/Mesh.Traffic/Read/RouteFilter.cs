using Mesh.Api.Rest;
using Mesh.Kernel.Values;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Read;

/// <summary>Whose routes are listed. All that are set must match.</summary>
/// <param name="Namespace">Null for all.</param>
/// <param name="Service">Null for all.</param>
internal sealed record RouteFilter(string? Namespace = null, string? Service = null) : IStreamFilter
{
    /// <summary>Reads a filter as it was asked for.</summary>
    public static RouteFilter Of(string? @namespace, string? service, Faults faults) => new(
        string.IsNullOrEmpty(@namespace) || @namespace == "*" ? null : Labels.Read(@namespace, "namespace", null, faults),
        string.IsNullOrEmpty(service) ? null : Labels.Read(service, "service", null, faults));

    /// <summary>The services, by namespace and name.</summary>
    public IEnumerable<ServiceTraffic> Apply(TrafficState traffic)
    {
        if (Namespace is not null && Service is not null) return traffic.Find(new(Namespace, Service)) is { } one ? [one] : [];
        return traffic.Services.Where(
            found => (Namespace is null || found.Key.Namespace == Namespace) && (Service is null || found.Key.Name == Service))
            .OrderBy(found => found.Key);
    }

    /// <inheritdoc/>
    public bool IsTouchedBy(string stream) =>
        TrafficStreams.KeyOf(stream) is { } key && (Namespace is null || key.Namespace == Namespace)
            && (Service is null || key.Name == Service);
}
