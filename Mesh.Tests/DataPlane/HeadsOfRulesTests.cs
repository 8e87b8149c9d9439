using Mesh.DataPlane.Configuration;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Append = Mesh.Xds.Protos.HeaderValueOption.Types.HeaderAppendAction;

namespace Mesh.Tests.DataPlane;

/// <summary>
/// A control plane may be anybody's: a rule that could put anything into a head that is not a head's is refused whole, with its field.
/// </summary>
public class HeadsOfRulesTests
{
    private readonly ConfigState _state = new(wildcard: true, TimeSpan.Zero, TimeProvider.System);

    public static TheoryData<string, Action<Route>> Bad => new()
    {
        { "route.prefix_rewrite", r => r.Route_.PrefixRewrite = "/\u00E9" },
        { "route.prefix_rewrite", r => r.Route_.PrefixRewrite = "/a\r\nX: y" },
        { "route.prefix_rewrite", r => r.Route_.PrefixRewrite = "/a#b" },
        { "route.prefix_rewrite", r => r.Route_.PrefixRewrite = "//evil.example/a" },
        { "route.regex_rewrite.substitution", r => r.Route_.RegexRewrite = Regex("/\u20AC") },
        { "route.regex_rewrite.substitution", r => r.Route_.RegexRewrite = Regex("/a b") },
        { "route.host_rewrite_literal", r => r.Route_.HostRewriteLiteral = "a:99999" },
        { "route.host_rewrite_literal", r => r.Route_.HostRewriteLiteral = "a\r\nX: y" },
        { "route.host_rewrite_literal", r => r.Route_.HostRewriteLiteral = "\u00E9" },
        { "route.host_rewrite_literal", r => r.Route_.HostRewriteLiteral = "a\u001B[2J" },
        { "route.host_rewrite_header", r => r.Route_.HostRewriteHeader = "x host" },
        { "redirect.path_redirect", r => r.Redirect = new RedirectAction { PathRedirect = "/\u00E9" } },
        { "redirect.prefix_rewrite", r => r.Redirect = new RedirectAction { PrefixRewrite = "/a\nb" } },
        { "redirect.host_redirect", r => r.Redirect = new RedirectAction { HostRedirect = "a b" } },
        { "redirect.scheme_redirect", r => r.Redirect = new RedirectAction { SchemeRedirect = "a\r\n" } },
        { "redirect.port_redirect", r => r.Redirect = new RedirectAction { HostRedirect = "a", PortRedirect = 65_536 } },
        { "request_headers_to_add[0].header.key", r => r.RequestHeadersToAdd.Add(Header("a b", "c")) },
        { "request_headers_to_add[0].header.key", r => r.RequestHeadersToAdd.Add(Header(":path", "/admin")) },
        { "request_headers_to_add[0].header.key", r => r.RequestHeadersToAdd.Add(Header("content-length", "0")) },
        { "request_headers_to_add[0].header.value", r => r.RequestHeadersToAdd.Add(Header("a", "b\r\nc: d")) },
        { "request_headers_to_add[0].header.value", r => r.RequestHeadersToAdd.Add(Header("a", "\u0001")) },
        { "request_headers_to_add[0].header.value", r => r.RequestHeadersToAdd.Add(Header("a", "\u000B")) },
        { "request_headers_to_add[0].header.value", r => r.RequestHeadersToAdd.Add(Header("a", "\u20AC")) },
        { "request_headers_to_add[0].header.key", r => r.RequestHeadersToAdd.Add(Header("x-mesh-hops", "0")) },
        { "request_headers_to_remove[0]", r => r.RequestHeadersToRemove.Add("X-Mesh-Hops") },
        { "response_headers_to_add[0].header.key", r => r.ResponseHeadersToAdd.Add(Header("x-mesh-route", "a")) },
        { "response_headers_to_add[0].header.value", r => r.ResponseHeadersToAdd.Add(Header("a", "b\nc")) },
        { "response_headers_to_remove[0]", r => r.ResponseHeadersToRemove.Add("a\n") },
        { "route.hash_policy[0].cookie.path", r => r.Route_.HashPolicy.Add(Cookie("c", "/\r\n")) },
        { "route.hash_policy[0].cookie.name", r => r.Route_.HashPolicy.Add(Cookie("c d", "/")) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_rule_that_could_put_other_bytes_into_a_head_is_refused_with_its_field(string field, Action<Route> change)
    {
        var routes = RouteConfigurationBuilder.Default("echo", XdsFlavour.Mesh);
        change(routes.VirtualHosts[0].Routes[0]);
        var faults = Apply(XdsResource.Of(routes));
        Assert.Contains(faults,
            f => f.StartsWith($"RouteConfiguration 'echo': virtual_hosts[0].routes[0].{field}: ", StringComparison.Ordinal));
        Assert.All(faults, f => Assert.DoesNotContain(f, char.IsControl));
    }

    [Theory]
    [InlineData("127.0.0.1", "a b", "endpoints[0].lb_endpoints[0].endpoint.hostname")]
    [InlineData("127.0.0.1", "a\r\nX: y", "endpoints[0].lb_endpoints[0].endpoint.hostname")]
    [InlineData("h\u00E9", "", "endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address")]
    public void An_endpoint_whose_host_could_not_be_sent_is_refused_with_its_field(string address, string hostname, string field)
    {
        var assignment = new ClusterLoadAssignment
        {
            ClusterName = "echo",
            Endpoints =
            {
                new LocalityLbEndpoints
                {
                    LbEndpoints =
                    {
                        new LbEndpoint
                        {
                            Endpoint = new Endpoint
                            {
                                Address = new Address { SocketAddress = new SocketAddress { Address = address, PortValue = 80 } },
                                Hostname = hostname,
                            },
                        },
                    },
                },
            },
        };
        Assert.Contains(Apply(XdsResource.Of(assignment)), f => f.Contains(field, StringComparison.Ordinal));
    }

    [Fact]
    public void Blanks_around_a_value_are_none_of_it()
    {
        var routes = RouteConfigurationBuilder.Default("echo", XdsFlavour.Mesh);
        routes.VirtualHosts[0].Routes[0].RequestHeadersToAdd.Add(Header("a", " b "));
        Assert.Empty(Apply(XdsResource.Of(routes)));
    }

    private IReadOnlyList<string> Apply(XdsResource resource) =>
        _state.Apply(new DeltaDiscoveryResponse { TypeUrl = resource.Type.Url, Resources = { resource.Delta } });

    private static HeaderValueOption Header(string name, string value) =>
        new() { Header = new HeaderValue { Key = name, Value = value }, AppendAction = Append.OverwriteIfExistsOrAdd };

    private static RegexMatchAndSubstitute Regex(string substitution) =>
        new() { Pattern = new RegexMatcher { Regex = "^/a" }, Substitution = substitution };

    private static RouteAction.Types.HashPolicy Cookie(string name, string path) => new() { Cookie = new() { Name = name, Path = path } };
}
