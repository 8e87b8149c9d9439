using Mesh.Contracts.Security;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.State;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Resilience.State;
using Mesh.Resilience.Xds;
using Mesh.Security.Mtls;
using Mesh.Security.State;
using Mesh.Security.Xds;
using Mesh.Tests.Support;
using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Security.Support;

/// <summary>A log of services, routes and mutual TLS modes without a store, and what is compiled of it.</summary>
internal sealed class MtlsLog() : CommandLog(
    "security", null, new DiscoveryFold(), new ResilienceFold(), new TrafficFold(), new SecurityFold())
{
    public const string TrustDomain = "cdaprod.mesh";

    public SecurityState Security => State.Facts<SecurityState>();

    public XdsCompiler Compiler { get; } = new(
        [new DiscoveryXdsContributor(), new TrafficXdsContributor(), new ResilienceXdsContributor(), new MtlsXdsContributor()],
        Enum.GetValues<XdsFlavour>());

    public XdsSnapshot Snapshot { get; private set; } = XdsSnapshot.None;

    public static SetMtlsMode Command(string? service, MtlsMode mode, string @namespace = "default", string trustDomain = TrustDomain) =>
        new(new(@namespace, service), MtlsSetting.Of(mode, trustDomain));

    public Decision Set(string? service, MtlsMode mode, string @namespace = "default") => Send(Command(service, mode, @namespace));

    public Decision Remove(string? service, string @namespace = "default") => Send(new RemoveMtlsMode(new(@namespace, service)));

    public Decision Route(string json) => Send(TrafficLog.CommandOf(json));

    /// <summary>Compiles what came since the last call, as the control plane does.</summary>
    public XdsSnapshot Compile(bool reset = false)
    {
        var streams = Entries.Where(entry => entry.Sequence > Snapshot.Sequence).Select(entry => entry.Stream).ToHashSet();
        return Snapshot = Compiler.Compile(new StateChange(State, streams, reset, []), Snapshot);
    }

    public Cluster Cluster(XdsFlavour flavour, string name) =>
        Mesh.Xds.Protos.Cluster.Parser.ParseFrom(Snapshot[flavour].Find(XdsTypes.Cluster, name)!.Packed.Value);
}
