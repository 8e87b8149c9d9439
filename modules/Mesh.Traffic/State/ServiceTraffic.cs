using System.Collections.Immutable;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Traffic.Delivery.State;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.State;

/// <summary>Routes, policy and delivery of one service. Immutable.</summary>
public sealed record ServiceTraffic
{
    private ImmutableArray<RouteRule> _rules;
    private ImmutableSortedSet<string>? _callers;
    private ServiceTraffic? _candidate;

    /// <summary>A service without anything.</summary>
    public ServiceTraffic()
    {
    }

    // The rules belong to one state; a copy sorts its own.
    private ServiceTraffic(ServiceTraffic other) =>
        (Key, Routes, Policy, Delivery, Rollout) = (other.Key, other.Routes, other.Policy, other.Delivery, other.Rollout);

    /// <summary>Namespace and name.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>By name.</summary>
    public ImmutableSortedDictionary<string, RouteState> Routes { get; init; } = ImmutableSortedDictionary.Create<string, RouteState>(
        StringComparer.Ordinal);

    /// <summary>Null without one.</summary>
    public PolicyState? Policy { get; init; }

    /// <summary>Its canary and its blue-green switch; null before the first of either.</summary>
    public DeliveryState? Delivery { get; init; }

    /// <summary>The last change that was rolled out to a share of clients; null before the first.</summary>
    public RolloutState? Rollout { get; init; }

    /// <summary>What the share of clients has while a rollout is in progress; else this.</summary>
    public ServiceTraffic Candidate => Rollout is not { Active: true } rollout ? this : _candidate ??= rollout.Apply(this);

    /// <summary>Destinations and mirrors of all routes, those that are being rolled out too.</summary>
    public IEnumerable<Destination> Targets =>
        Routes.Values.Concat(Rollout is { Active: true } rollout ? rollout.Routes : []).SelectMany(route => route.Targets);

    /// <summary>Whether there is nothing worth keeping.</summary>
    public bool IsNothing => Routes.IsEmpty && Policy is null && Delivery is null && Rollout is null;

    /// <summary>All rules of all routes, in the order in which they are tried.</summary>
    public ImmutableArray<RouteRule> Rules
    {
        get
        {
            if (_rules.IsDefault)
                ImmutableInterlocked.InterlockedInitialize(ref _rules, [.. Routes.Values.SelectMany(route => route.Rules).Order()]);
            return _rules;
        }
    }

    /// <summary>Wire names of the callers that rules are for.</summary>
    public ImmutableSortedSet<string> Callers =>
        _callers ??= Routes.Values.SelectMany(route => route.Spec.Match ?? []).Select(match => match.Source).OfType<SourceMatchSpec>()
        .Select(source => XdsNames.Service(source.Namespace ?? Key.Namespace, source.Service)).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>The routes, each at the place of the first of its rules.</summary>
    public IEnumerable<RouteState> InOrder =>
        Rules.Select(rule => rule.Route.Name).Distinct(StringComparer.Ordinal).Select(name => Routes[name]);
}
