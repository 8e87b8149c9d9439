using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Resilience.Policies;
using Mesh.Resilience.Xds;
using Mesh.Tests.Resilience.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// What policies compile to, case by case, in the folders of <c>Golden/resilience</c>: <c>input.yaml</c> is a list of the bodies that REST
/// takes, by the path they would be sent to. With <c>MESH_GOLDEN_UPDATE=1</c> the files are written instead of compared; read the
/// difference before committing it.
/// </summary>
public partial class GoldenResilienceTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "ControlPlane", "Golden", "resilience");

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        Cluster.Descriptor, Listener.Descriptor, RouteConfiguration.Descriptor, HttpConnectionManager.Descriptor, TcpProxy.Descriptor,
        Router.Descriptor,
        LocalRateLimit.Descriptor, Mesh.Xds.Protos.Upstreams.HttpProtocolOptions.Descriptor)));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", IndentSize = 2 };

    public static TheoryData<string> Cases =>
        [.. Directory.GetDirectories(Folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_compiles_to_the_resources_on_file(string name)
    {
        var (compiler, snapshot) = Compile(name);
        var made = new JsonObject();
        foreach (var flavour in System.Enum.GetValues<XdsFlavour>()) made[flavour.ToString().ToLowerInvariant()] = Write(snapshot[flavour]);
        if (compiler.Unresolved.Count > 0)
            made["unresolved"] = new JsonArray([.. compiler.Unresolved.Select(cluster => (JsonNode)cluster)]);
        var text = made.ToJsonString(Indented) + "\n";
        var path = Path.Combine(Folder, name, "expected.json");
        if (Environment.GetEnvironmentVariable("MESH_GOLDEN_UPDATE") == "1") File.WriteAllText(path, text);

        Assert.Equal(File.ReadAllText(path), text);
    }

    /// <summary>All that a case compiles to.</summary>
    internal static (XdsCompiler Compiler, XdsSnapshot Snapshot) Compile(string name)
    {
        var log = new ResilienceLog();
        var drafted = new DraftedRoutes();
        foreach (var (what, json) in Read(Path.Combine(Folder, name, "input.yaml")))
        {
            if (what == "register") log.Register(json);
            else if (what == "drafted") drafted.Add(json);
            else Assert.Null(log.Set(PolicyKinds.All.Single(kind => PolicyKinds.PathOf(kind) == what), json).Refusal);
        }

        var compiler = new XdsCompiler([new DiscoveryXdsContributor(), drafted, new ResilienceXdsContributor()],
            System.Enum.GetValues<XdsFlavour>());
        var snapshot = compiler.Compile(new StateChange(log.State, new HashSet<string>(), true, []), XdsSnapshot.None);
        Assert.Empty(compiler.Problems);
        return (compiler, snapshot);
    }

    private static JsonObject Write(XdsView view)
    {
        var all = new JsonObject();
        foreach (var type in XdsTypes.OfServices.Where(type => type != XdsTypes.ClusterLoadAssignment))
        {
            var resources = new JsonObject();
            foreach (var name in view.Names(type).Order(StringComparer.Ordinal))
                resources[name] = JsonNode.Parse(Formatter.Format(Message(view.Find(type, name)!)));
            all[type.ToString()] = resources;
        }

        return all;
    }

    private static IMessage Message(XdsResource resource) => resource.Type.Read(resource.Packed.Value);

    // A list of mappings with one key each, whose values stand in braces on the same line.
    private static IEnumerable<(string What, string Json)> Read(string path)
    {
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var item = Item().Match(line);
            Assert.True(item.Success, $"{path}: {line}");
            yield return (item.Groups["what"].Value, item.Groups["json"].Value);
        }
    }

    [GeneratedRegex(@"^- (?<what>[\w-]+): (?<json>\{.*\})$")]
    private static partial Regex Item();

    /// <summary>Stands before resilience as another module would: subsets, retries and timeouts of a service's one route.</summary>
    private sealed class DraftedRoutes : IXdsContributor
    {
        private readonly Dictionary<string, JsonElement> _drafts = [];

        public int Order => 10;

        public void Add(string json) => _drafts.Add(JsonElement.Parse(json).GetProperty("service").GetString()!, JsonElement.Parse(json));

        public IEnumerable<ServiceKey> Services(MeshState state) => [];

        public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => [];

        public object? Shape(MeshState state, ServiceKey service) => null;

        public void Configure(XdsDraft draft)
        {
            if (!_drafts.TryGetValue(draft.Service.Name, out var said)) return;
            var action = draft.Routes!.VirtualHosts[0].Routes[0].Route_;
            if (said.TryGetProperty("subset", out var subset))
            {
                action.Cluster = XdsNames.Subset(draft.Name, subset.GetString()!);
                draft.Clusters[action.Cluster] = ClusterBuilder.Eds(action.Cluster, draft.Flavour, "http");
            }

            if (said.TryGetProperty("retries", out var retries))
                action.RetryPolicy = new RetryPolicy { RetryOn = "5xx", NumRetries = retries.GetUInt32() };
            if (said.TryGetProperty("timeoutSeconds", out var timeout))
                action.Timeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(timeout.GetInt32()));
        }

        public void Endpoints(XdsEndpointsDraft draft)
        {
        }
    }
}
