using Google.Protobuf;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A compiler over a state that the test changes, and its last snapshot.</summary>
internal sealed class CompilerBench
{
    private readonly StateSubscription _changes;

    public CompilerBench()
    {
        Compiler = new XdsCompiler([new DiscoveryXdsContributor(), Routes], Enum.GetValues<XdsFlavour>());
        _changes = Replica.Subscribe();
    }

    public FakeReplica Replica { get; } = new();

    public RoutesForTests Routes { get; } = new();

    public XdsCompiler Compiler { get; }

    public XdsSnapshot Snapshot { get; private set; } = XdsSnapshot.None;

    /// <summary>Compiles what has changed since the last time.</summary>
    public async Task Compile() =>
        Snapshot = Compiler.Compile(await _changes.NextAsync(TestContext.Current.CancellationToken), Snapshot);

    public string Version(XdsType type, string name) => Snapshot[XdsFlavour.Mesh].Find(type, name)!.Version;

    public ClusterLoadAssignment Endpoints(string service) =>
        Read(ClusterLoadAssignment.Parser, XdsFlavour.Mesh, XdsTypes.ClusterLoadAssignment, service);

    public IEnumerable<string> Addresses(string service) =>
        Endpoints(service).Endpoints.SelectMany(l => l.LbEndpoints).Select(e => e.Endpoint.Address.SocketAddress.Address).Order();

    public T Read<T>(MessageParser<T> parser, XdsFlavour flavour, XdsType type, string name) where T : IMessage<T> =>
        parser.ParseFrom(Snapshot[flavour].Find(type, name)!.Packed.Value);
}
