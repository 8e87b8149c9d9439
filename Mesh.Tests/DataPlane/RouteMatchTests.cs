using Google.Protobuf;
using Mesh.DataPlane.Reading;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;
using Proto = Mesh.Xds.Protos;

namespace Mesh.Tests.DataPlane;

public class RouteMatchTests
{
    [Theory]
    [InlineData("shop.mesh", "exact")]
    [InlineData("SHOP.mesh", "exact")]
    [InlineData("a.shop.mesh", "long suffix")]
    [InlineData("a.mesh", "short suffix")]
    [InlineData("shop.example", "prefix")]
    [InlineData("other", "any")]
    public void The_virtual_host_is_chosen_by_exact_name_then_longest_suffix_then_prefix_then_any(string domain, string expected)
    {
        var table = new VirtualHostTable(
        [
            Host("any", "*"), Host("prefix", "shop.*"), Host("short suffix", "*.mesh"), Host("long suffix", "*.shop.mesh"),
            Host("exact", "shop.mesh"),
        ]);
        Assert.Equal(expected, table.Find(domain)?.Name);
    }

    [Fact]
    public void A_domain_nobody_serves_has_no_virtual_host() => Assert.Null(new VirtualHostTable([Host("a", "a")]).Find("b"));

    [Theory]
    [InlineData("/cart", true)]
    [InlineData("/cart/1", true)]
    [InlineData("/carts", false)]
    [InlineData("/Cart", false)]
    public void A_separated_prefix_ends_at_a_slash(string path, bool taken) =>
        Assert.Equal(taken, new PathMatch.Below("/cart", false).Matches(path));

    [Theory]
    [InlineData("/v1/a", true)]
    [InlineData("/v12/a/b", false)]
    [InlineData("/x/v1/a", false)]
    public void A_regular_expression_has_to_match_the_whole_path(string path, bool taken) =>
        Assert.Equal(taken, new PathMatch.Pattern("/v[0-9]/[^/]+").Matches(path));

    [Fact]
    public void An_evil_regular_expression_takes_linear_time()
    {
        var evil = new PathMatch.Pattern("/(a+)+b");
        Assert.False(evil.Matches("/" + new string('a', 50_000)));
    }

    [Theory]
    [InlineData("beta", false, true)]
    [InlineData("alpha", false, false)]
    [InlineData("beta", true, false)]
    [InlineData("alpha", true, true)]
    [InlineData(null, true, false)]
    public void A_header_match_can_be_inverted_but_an_absent_header_never_passes(string? value, bool invert, bool taken)
    {
        var match = new HeaderMatch("x-user", new ValueMatch(ValueMatchKind.Exact, "beta", false), null, true, invert, false);
        Assert.Equal(taken, match.Matches(new RequestFacts("GET", "/", "", new OneHeader(value))));
    }

    [Theory]
    [InlineData("""{"name":"X-User","exactMatch":"beta"}""", "beta", "beta2")]
    [InlineData("""{"name":"x-user","prefixMatch":"be"}""", "beta", "abe")]
    [InlineData("""{"name":"x-user","suffixMatch":"ta"}""", "beta", "tab")]
    [InlineData("""{"name":"x-user","containsMatch":"et"}""", "beta", "bta")]
    [InlineData("""{"name":"x-user","safeRegexMatch":{"regex":"b.*a"}}""", "beta", "betas")]
    [InlineData("""{"name":"x-user","exactMatch":"beta","invertMatch":true}""", "alpha", "beta")]
    public void A_header_match_in_the_form_that_string_match_has_replaced_is_read_and_not_taken_for_one_of_presence(string json,
        string taken, string left)
    {
        var faults = new ResourceFaults(XdsTypes.RouteConfiguration, "shop");
        var match = RouteMatchReader.Header(JsonParser.Default.Parse<Proto.HeaderMatcher>(json), "headers[0]", faults);
        Assert.Empty(faults.All);
        Assert.True(match.Matches(new RequestFacts("GET", "/", "", new OneHeader(taken))));
        Assert.False(match.Matches(new RequestFacts("GET", "/", "", new OneHeader(left))));
    }

    [Theory]
    // Prefix "/" and a field 30 of the match; the same and a test of "x-user" in a field 15 of the header.
    [InlineData("0a012ff20100")]
    [InlineData("0a012f320b0a06782d757365727a017a")]
    public void A_condition_that_is_newer_than_the_data_plane_is_refused_and_not_passed_over(string bytes)
    {
        var faults = new ResourceFaults(XdsTypes.RouteConfiguration, "shop");
        RouteMatchReader.Conditions(Proto.RouteMatch.Parser.ParseFrom(Convert.FromHexString(bytes)),
            new RouteSnapshot("a", new PathMatch.Prefix("/", false), null!), "match", faults);
        Assert.Contains("does not support", Assert.Single(faults.All));
    }

    [Theory]
    [InlineData("9", false)]
    [InlineData("10", true)]
    [InlineData("19", true)]
    [InlineData("20", false)]
    [InlineData("ten", false)]
    public void A_range_takes_its_beginning_and_not_its_end(string value, bool taken)
    {
        var match = new HeaderMatch("x-user", null, (10, 20), true, false, false);
        Assert.Equal(taken, match.Matches(new RequestFacts("GET", "/", "", new OneHeader(value))));
    }

    [Theory]
    [InlineData("v=2", true)]
    [InlineData("a=1&v=2", true)]
    [InlineData("v=1&v=2", true)]
    [InlineData("v=2&v=1", true)]
    [InlineData("v=%32", true)]
    [InlineData("%76=2", true)]
    [InlineData("a&%76=1&%76=%32", true)]
    [InlineData("v=%2532", false)]
    [InlineData("v=+2", false)]
    [InlineData("v=2%", false)]
    [InlineData("v=%", false)]
    [InlineData("v=1&w=2", false)]
    [InlineData("vv=2", false)]
    [InlineData("", false)]
    public void A_query_match_looks_at_each_parameter_of_its_name_in_any_spelling(string query, bool taken)
    {
        var match = new QueryMatch("v", new ValueMatch(ValueMatchKind.Exact, "2", false), true);
        Assert.Equal(taken, match.Matches(query));
    }

    [Theory]
    [InlineData("a+b", "v=a+b", true)]
    [InlineData("a b", "v=a+b", true)]
    [InlineData("a b", "v=a%20b", true)]
    [InlineData("a%20b", "v=a%20b", true)]
    [InlineData("a%20b", "v=a+b", false)]
    [InlineData("a+b", "v=a%2Bb", true)]
    [InlineData("é", "v=%C3%A9", true)]
    public void A_query_match_takes_a_value_as_it_was_sent_and_as_servers_decode_it(string text, string query, bool taken) =>
        Assert.Equal(taken, new QueryMatch("v", new ValueMatch(ValueMatchKind.Exact, text, false), true).Matches(query));

    [Theory]
    [InlineData("v=1", true)]
    [InlineData("%76", true)]
    [InlineData("w", false)]
    public void Whether_a_query_parameter_is_there_does_not_depend_on_its_spelling(string query, bool there)
    {
        Assert.Equal(there, new QueryMatch("v", null, true).Matches(query));
        Assert.Equal(!there, new QueryMatch("v", null, false).Matches(query));
    }

    private static VirtualHost Host(string name, string domain) => new(name, [domain], []);

    private sealed class OneHeader(string? value) : IRequestHeaders
    {
        public string? Get(string name) => name == "x-user" ? value : null;
    }
}
