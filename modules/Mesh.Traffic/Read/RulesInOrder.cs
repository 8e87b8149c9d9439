using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;

namespace Mesh.Traffic.Read;

/// <summary>A service's rules for whoever explains them: also those that a caller never gets to see.</summary>
public static class RulesInOrder
{
    /// <summary>
    /// Name of each rule as data planes know it, in the order in which they are tried, and the only caller that it is for (null:
    /// everybody).
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="service">The service.</param>
    /// <param name="inShare">Whether for a client to which a change is rolled out already.</param>
    public static IEnumerable<(string Name, string? OnlyFor)> Of(MeshState state, ServiceKey service, bool inShare)
    {
        var known = state.TryFacts<TrafficState>()?.Find(service);
        return (inShare ? known?.Candidate : known)?.Rules
            .Select(rule => (rule.Name, rule.Match?.Source is { } source ? MatchCompiler.SourceName(source, service.Namespace) : null))
            ?? [];
    }
}
