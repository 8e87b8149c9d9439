using CsCheck;
using Google.Protobuf;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Resilience;
using Mesh.Tests.Resilience.Support;
using Mesh.Tests.Traffic;
using Mesh.Tests.Traffic.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Xds.Validation;

/// <summary>Envoy refuses a resource that breaks a rule of its protos; what we make keeps them, for every kind of client.</summary>
public class EnvoyValidationTests
{
    private const string Bind = "127.0.0.1";

    public static TheoryData<string> Routes => GoldenTrafficTests.Cases;

    public static TheoryData<string> Policies => GoldenResilienceTests.Cases;

    [Theory]
    [MemberData(nameof(Routes))]
    public void Resources_of_routes_keep_the_rules_of_Envoys_protos(string name) =>
        AssertNone(Faults(GoldenTrafficTests.Compile(name).Snapshot));

    [Theory]
    [MemberData(nameof(Policies))]
    public void Resources_of_policies_keep_the_rules_of_Envoys_protos(string name) =>
        AssertNone(Faults(GoldenResilienceTests.Compile(name).Snapshot));

    [Fact]
    public void Whatever_is_accepted_keeps_the_rules_of_Envoys_protos()
    {
        EnvoyProtos.Required();
        Gen.Select(RoutePropertyTests.Routes.Array[1, 6], RoutePropertyTests.Balancing, PolicyPropertyTests.Bodies.Array[0, 6])
            .Sample((routes, balancing, policies) =>
        {
            var log = RoutePropertyTests.Mesh(balancing, resilience: true);
            foreach (var json in routes.Where(json => TrafficLog.FaultsOf(json).Count == 0)) log.Set(json);
            foreach (var (kind, fields) in policies) log.Send(ResilienceLog.Command(kind, $$"""{"service":"shop",{{fields}}}"""));
            if (Faults(log.Compile(reset: true)) is { Count: > 0 } faults) throw new InvalidOperationException(string.Join('\n', faults));
        }, iter: 150, seed: "0000KOIPe036",
        print: made => $"{made.Item2}\n{string.Join('\n', made.Item1)}\n{string.Join('\n', made.Item3)}");
    }

    [Theory]
    [InlineData("""{"name":"a"}""", "virtual_hosts[0].domains: has 0 items")]
    [InlineData("""{"name":"","domains":["*"]}""", "virtual_hosts[0].name: '' breaks StringRules.min_len 1")]
    [InlineData("""{"name":"a","domains":["*"],"routes":[{"match":{"prefix":"/"}}]}""", "routes[0]: has none of route")]
    [InlineData("""{"name":"a","domains":["*"],"routes":[{"match":{},"route":{"cluster":"a"}}]}""", "routes[0].match: has none of prefix")]
    [InlineData(
        """{"name":"a","domains":["*"],"routes":[{"match":{"prefix":"/","headers":[{"name":"x","exactMatch":"1"}]},"route":"""
            + """{"cluster":"a"}}]}""", "headers[0].exact_match: Envoy has deprecated")]
    [InlineData(
        """{"name":"a","domains":["*"],"routes":[{"match":{"prefix":"/"},"route":{"cluster":"a","retryPolicy":{"retryBackOff":"""
            + """{"baseInterval":"0s"}}}}]}""", "base_interval: '0 s' breaks")]
    [InlineData("""{"name":"a","domains":["*"],"routes":[{"match":{"prefix":"/"},"route":{"cluster":""}}]}""",
        "cluster: '' breaks StringRules.min_len 1")]
    public void A_resource_that_breaks_a_rule_is_found(string host, string fault)
    {
        var routes = JsonParser.Default.Parse<RouteConfiguration>($$"""{"name":"shop","virtualHosts":[{{host}}]}""");
        var faults = new EnvoyRules(EnvoyProtos.Required(), forbidsDeprecated: true).Check(XdsTypes.RouteConfiguration.Url,
            routes.ToByteString(), "shop");
        Assert.Contains(faults, one => one.Contains(fault, StringComparison.Ordinal));
    }

    internal static void AssertNone(List<string> faults) => Assert.True(faults.Count == 0, string.Join("\n", faults));

    internal static List<string> Faults(XdsSnapshot snapshot)
    {
        var (protos, faults) = (EnvoyProtos.Required(), new List<string>());
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            // gRPC's clients get fields on purpose that Envoy has deprecated.
            var rules = new EnvoyRules(protos, forbidsDeprecated: flavour != XdsFlavour.Grpc);
            foreach (var type in XdsTypes.OfServices)
            {
                var resources = snapshot[flavour].Names(type).Select(name => snapshot[flavour].Find(type, name)!)
                    .Select(resource => flavour == XdsFlavour.Envoy ? Bound(resource) : resource);
                faults.AddRange(
                    resources.SelectMany(resource => rules.Check(type.Url, resource.Packed.Value, $"{flavour} {type} {resource.Name}")));
            }
        }

        return faults;
    }

    private static XdsResource Bound(XdsResource resource) =>
        resource.Type == XdsTypes.Listener
            ? new EnvoyListeners().For(Bind, new Dictionary<string, int> { [resource.Name] = 15_001 }).Bound(resource)!
            : resource;
}
