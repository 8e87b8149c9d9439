using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.State;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Mesh.Resilience.State;
using Mesh.Resilience.Xds;
using Mesh.Tests.Support;
using Mesh.Traffic.Api;
using Mesh.Traffic.Policies;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Traffic.Support;

/// <summary>A log of services, routes and rollouts without a store, and what is compiled of it.</summary>
/// <param name="resilience">Whether resilience takes part too.</param>
internal sealed class TrafficLog(bool resilience = false) : CommandLog(
    "traffic", null, resilience ? [new DiscoveryFold(), new TrafficFold(), new ResilienceFold()] : [new DiscoveryFold(), new TrafficFold()])
{
    public TrafficState Traffic => State.Facts<TrafficState>();

    public XdsCompiler Compiler { get; } = new(
        resilience
            ? [new DiscoveryXdsContributor(), new TrafficXdsContributor(), new ResilienceXdsContributor()]
            : [new DiscoveryXdsContributor(), new TrafficXdsContributor()],
        Enum.GetValues<XdsFlavour>());

    public XdsSnapshot Snapshot { get; private set; } = XdsSnapshot.None;

    /// <summary>Compiles what came since the last call, as the control plane does.</summary>
    public XdsSnapshot Compile(bool reset = false)
    {
        var streams = Entries.Where(entry => entry.Sequence > Snapshot.Sequence).Select(entry => entry.Stream).ToHashSet();
        return Snapshot = Compiler.Compile(new StateChange(State, streams, reset, []), Snapshot);
    }

    public Decision Set(string json) => Send(CommandOf(json));

    public Decision Policy(string service, string json) => Send(PolicyOf(service, json));

    public Decision Remove(string service, string? name = null, string? destination = null) =>
        Send(RouteCommands.Remove(new("default", service), name, destination, new Faults())!.Command(null));

    /// <summary>The command of a body that must be valid.</summary>
    public static ICommand CommandOf(string json, Precondition? precondition = null) =>
        RouteCommands.Set(Valid(json, RouteReader.Read), precondition);

    public static ICommand PolicyOf(string service, string json)
    {
        var key = new ServiceKey("default", service);
        return new SetTrafficPolicy(key, Valid(json, (fields, faults) => PolicyReader.Read(fields, key, faults)));
    }

    /// <summary>The faults of a route's body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(string json) => Read(json, RouteReader.Read).Faults;
}
