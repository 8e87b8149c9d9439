using System.Collections.Immutable;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;

namespace Mesh.Traffic.State;

/// <summary>One route as it is. Immutable.</summary>
/// <param name="Spec">In normal form.</param>
/// <param name="Version">Its stream's version: the ETag.</param>
public sealed record RouteState(RouteSpec Spec, long Version)
{
    /// <summary>Name, unique in its service.</summary>
    public string Name => Spec.Name;

    /// <summary>What is tried, one for each alternative of the match.</summary>
    public ImmutableArray<RouteRule> Rules { get; } = RouteRule.Of(Spec);

    /// <summary>Destinations and mirrors.</summary>
    public ImmutableArray<Destination> Targets { get; } =
        [.. (Spec.Destinations ?? []).Select(d => Destination.Of(d, Spec.Namespace))
            .Concat((Spec.Mirror ?? []).Select(m => Destination.Of(m, Spec.Namespace))).Distinct()];
}

/// <summary>A service's policy as it is.</summary>
/// <param name="Spec">In normal form.</param>
/// <param name="Version">Its stream's version: the ETag.</param>
public sealed record PolicyState(TrafficPolicySpec Spec, long Version);

/// <summary>A service, or a subset of one.</summary>
/// <param name="Service">Who serves.</param>
/// <param name="Subset">Null for all of its instances.</param>
public readonly record struct Destination(ServiceKey Service, string? Subset)
{
    /// <summary>As data planes know it: <c>service[.namespace][@subset]</c>.</summary>
    public string Cluster => Subset is null ? Service.MeshName : Mesh.Xds.Resources.XdsNames.Subset(Service.MeshName, Subset);

    /// <summary>The destination of a route in <paramref name="namespace"/>.</summary>
    public static Destination Of(DestinationSpec spec, string @namespace) =>
        new(new(spec.Namespace ?? @namespace, spec.Service), spec.Subset);

    /// <summary>The mirror of a route in <paramref name="namespace"/>.</summary>
    public static Destination Of(MirrorSpec spec, string @namespace) => new(new(spec.Namespace ?? @namespace, spec.Service), spec.Subset);

    /// <inheritdoc/>
    public override string ToString() => Cluster;
}
