using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Contracts.Discovery;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.State;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// What a small mesh compiles to, resource by resource, in the folder <c>Golden</c>. With <c>MESH_GOLDEN_UPDATE=1</c> the files are written
/// instead of compared; read the difference before committing it.
/// </summary>
public class GoldenXdsTests
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        Cluster.Descriptor, ClusterLoadAssignment.Descriptor, Listener.Descriptor, RouteConfiguration.Descriptor,
        HttpConnectionManager.Descriptor, TcpProxy.Descriptor, Router.Descriptor,
        Mesh.Xds.Protos.Upstreams.HttpProtocolOptions.Descriptor)));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", IndentSize = 2 };

    [Theory]
    [InlineData(XdsFlavour.Grpc)]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public void A_small_mesh_compiles_to_the_resources_on_file(XdsFlavour flavour)
    {
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1", 9001, zone: "z1", weight: 20, version: "v1");
        replica.Register("echo", "10.0.0.2", 9001, zone: "z2", weight: 80, version: "v2");
        replica.Register("echo", "10.0.0.3", 9001, mode: InstanceMode.Draining);
        replica.Register("cart", "10.0.1.1", 9002, protocol: MeshProtocol.Grpc, ns: "shop");
        replica.Register("db", "10.0.2.1", 5432, protocol: MeshProtocol.Tcp);
        var snapshot = new XdsCompiler([new DiscoveryXdsContributor()], Enum.GetValues<XdsFlavour>()).Compile(
            new StateChange(replica.Current, new HashSet<string>(), true, []), XdsSnapshot.None);
        var made = Write(snapshot[flavour]);
        var path = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "ControlPlane", "Golden",
            $"{flavour.ToString().ToLowerInvariant()}.json");
        if (Environment.GetEnvironmentVariable("MESH_GOLDEN_UPDATE") == "1") File.WriteAllText(path, made);

        Assert.Equal(File.ReadAllText(path), made);
    }

    private static string Write(XdsView view)
    {
        var all = new JsonObject();
        foreach (var type in XdsTypes.OfServices)
        {
            var resources = new JsonObject();
            foreach (var name in view.Names(type).Order(StringComparer.Ordinal))
                resources[name] = JsonNode.Parse(Formatter.Format(Read(view.Find(type, name)!)));
            all[type.ToString()] = resources;
        }

        return all.ToJsonString(Indented) + "\n";
    }

    private static IMessage Read(XdsResource resource) => resource.Type.Read(resource.Packed.Value);
}
