using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.Routes;

namespace Mesh.Tests.Traffic;

public class RouteInputTests
{
    /// <summary>The route of the interface's own description.</summary>
    internal const string Pinned =
        """
        {"service":"shop","name":"beta","priority":10,"match":[{"path":{"prefix":"/cart"},"methods":["GET"],"headers":[{"name":"x-user","exact":"beta"}],
        "query":[{"name":"v","exact":"2"}]}],"destinations":[{"service":"shop","subset":"v2","weight":20},
        {"service":"shop","subset":"v1","weight":80}],"timeout":"2s","retry":{"attempts":2,"perTryTimeout":"500ms","on":["connect-failure","5xx","unavailable"],
        "backoff":{"base":"25ms","max":"250ms"}},"rewrite":{"prefix":"/"},"headers":{"request":{"set":{"x-a":"b"},"remove":["x-c"]}},"mirror":[{"service":"shop","subset":"v3","percent":10}],
        "fault":{"delay":{"fixed":"200ms","percent":5},"abort":{"httpStatus":503,"grpcStatus":"UNAVAILABLE","percent":1}}}
        """;

    private static RouteSpec Read(string json) => Assert.IsType<SetRoute>(TrafficLog.CommandOf(json)).Route;

    [Fact]
    public void The_pinned_route_is_taken_and_keeps_its_meaning()
    {
        var route = Read(Pinned);
        Assert.Equal(("default", "shop", "beta", 10, "2s"), (route.Namespace, route.Service, route.Name, route.Priority, route.Timeout));
        Assert.Equal(["v1 80", "v2 20"], route.Destinations!.Select(d => $"{d.Subset} {d.Weight}"));
        Assert.Equal(["5xx", "connect-failure", "unavailable"], route.Retry!.On!);
        Assert.Equal(10, route.Mirror!.Single().Percent);
        Assert.Equal((503, "UNAVAILABLE", 1d), (route.Fault!.Abort!.HttpStatus, route.Fault.Abort.GrpcStatus, route.Fault.Abort.Percent));
        Assert.Empty(
            TrafficLog.FaultsOf(
                """{"service":"shop","match":[{"grpc":{"service":"pkg.Cart","method":"Get"},"source":"""
                    + """{"service":"web"}}],"destinations":[{"service":"shop"}]}"""));
    }

    [Fact]
    public void A_route_in_normal_form_is_its_own_normal_form()
    {
        var route = Read(Pinned);
        var json = JsonSerializer.Serialize(route, TrafficJson.Default.RouteSpec);
        Assert.Equal(json, JsonSerializer.Serialize(Read(json), TrafficJson.Default.RouteSpec));
    }

    [Theory]
    [InlineData("""{"service":"s","name":"a","destinations":[{"service":"x","weight":1},{"service":"y"}],"timeout":"2000ms"}""",
        """{"name":"a","timeout":"2s","destinations":[{"service":"y","weight":100},"""
            + """{"service":"x.default","weight":1}],"service":"s","namespace":"default","priority":0}""")]
    [InlineData(
        """{"service":"s","name":"a","match":[{"path":{"exact":"/a"}},{"path":{"exact":"/b"}}],"destinations":[{"service":"x@v1"}]}""",
        """{"service":"s","name":"a","match":[{"path":{"exact":"/b"}},{"path":{"exact":"/a"}},{"path":{"exact":"/a"}}],"destinations":"""
            + """[{"service":"x","subset":"v1"}]}""")]
    [InlineData("""{"service":"s","name":"a","match":[{"path":{"prefix":"/"}}],"destinations":[{"service":"x"}],"timeout":"0s"}""",
        """{"service":"s","name":"a","match":[],"destinations":[{"service":"x"}],"mirror":[],"headers":{},"fault":{}}""")]
    [InlineData(
        """{"service":"s","name":"a","match":[{"headers":[{"name":"X-A","present":false}],"methods":["get","GET"]}],"destinations":["""
            + """{"service":"x"}],"rewrite":{"prefix":"/b/"}}""",
        """{"service":"s","name":"a","match":[{"methods":["GET"],"headers":["""
            + """{"name":"x-a","present":true,"invert":true}]}],"destinations":[{"service":"x"}],"rewrite":{"prefix":"/b"}}""")]
    public void Equal_meaning_is_equal_as_JSON(string one, string other) =>
        Assert.Equal(JsonSerializer.Serialize(Read(one), TrafficJson.Default.RouteSpec),
            JsonSerializer.Serialize(Read(other), TrafficJson.Default.RouteSpec));

    [Fact]
    public void A_route_with_a_match_and_no_name_gets_the_same_name_each_time()
    {
        const string json = """{"service":"s","match":[{"path":{"exact":"/a"}}],"destinations":[{"service":"x"}]}""";
        Assert.Equal(Read(json).Name, Read(json.Replace("\"x\"", "\"y\"", StringComparison.Ordinal)).Name);
        Assert.NotEqual(Read(json).Name, Read(json.Replace("/a", "/b", StringComparison.Ordinal)).Name);
    }

    [Theory]
    [InlineData("""{}""", "destinations service")]
    [InlineData("""{"service":"S","name":"not_ok","priority":2000000,"destinations":[],"colour":1}""",
        "colour destinations name priority service")]
    [InlineData("""{"service":"s","name":"a","destinations":[{"service":"x","weight":0}]}""", "destinations")]
    [InlineData("""{"service":"s","timeout":"1s","destinations":[{"service":"x","weight":0},{"service":"y","weight":0}]}""",
        "destinations")]
    [InlineData("""{"service":"s","destinations":[{"service":"x","weight":-1},{"service":"X"},{"weight":5}]}""",
        "destinations[0].weight destinations[1].service destinations[2].service")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"},{"service":"x.default"}]}""", "destinations[1]")]
    [InlineData("""{"service":"s","destinations":[{"service":"x@"}]}""", "destinations[0].service")]
    [InlineData("""{"service":"s","destinations":[{"service":"x@v1","subset":"v2"}]}""", "destinations[0].subset")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"redirect":{"path":"/a"}}""", "")]
    [InlineData("""{"service":"s","redirect":{"status":305,"scheme":"ftp","port":0},"timeout":"1s"}""",
        "redirect.port redirect.scheme redirect.status timeout")]
    [InlineData("""{"service":"s","redirect":{}}""", "redirect")]
    [InlineData("""{"service":"s","redirect":{"path":"/a","prefix":"/b"}}""", "redirect")]
    [InlineData("""{"service":"s","match":[{"path":{"exact":"/a"}}],"redirect":{"prefix":"/b"}}""", "redirect.prefix")]
    [InlineData("""{"service":"s","directResponse":{"status":99}}""", "directResponse.status")]
    [InlineData("""{"service":"s","directResponse":{"status":204,"body":"gone"}}""", "directResponse.body")]
    [InlineData("""{"service":"s","directResponse":{"status":205,"body":"gone"}}""", "directResponse.body")]
    [InlineData("""{"service":"s","directResponse":{"status":304,"body":"gone"}}""", "directResponse.body")]
    [InlineData(
        """{"service":"s","match":[{"path":{"regex":"(a)\\1"}},{"path":{"regex":"a{2000}"}},{"path":{"regex":"("}}],"destinations":["""
            + """{"service":"x"}]}""", "match[0].path.regex match[1].path.regex match[2].path.regex")]
    [InlineData(
        """{"service":"s","match":[{"path":{"exact":"a","prefix":"/b"}},{"path":{}},{"path":{"exact":"/a?b"}}],"destinations":["""
            + """{"service":"x"}]}""", "match[0].path match[1].path match[2].path.exact")]
    [InlineData(
        """{"service":"s","match":[{"path":{"template":"/a/**/b"}},{"path":{"template":"/{x}/{x}"}},{"path":{"template":"/a"""
            + """{x}"}}],"destinations":[{"service":"x"}]}""", "match[0].path.template match[1].path.template match[2].path.template")]
    [InlineData(
        """{"service":"s","match":[{"headers":[{"name":"a b","exact":"1"},{"name":"x"},{"name":"y","exact":"1","prefix":"2"},"""
            + """{"name":"z","prefix":""}]}],"destinations":[{"service":"x"}]}""",
            "match[0].headers[0].name match[0].headers[1] match[0].headers[2] match[0].headers[3].prefix")]
    [InlineData(
        """{"service":"s","match":[{"query":[{"name":"v","exact":"1","invert":true},{"name":"w","present":false}]}],"destinations":["""
            + """{"service":"x"}]}""", "match[0].query[0].invert match[0].query[1].present")]
    [InlineData(
        """{"service":"s","match":[{"methods":["GE T"],"grpc":{"service":"1x","method":"a.b"}}],"destinations":[{"service":"x"}]}""",
        "match[0].grpc.method match[0].grpc.service match[0].methods[0]")]
    [InlineData("""{"service":"s","match":[{"path":{"exact":"/a"},"grpc":{"service":"a.B"}}],"destinations":[{"service":"x"}]}""",
        "match[0].grpc")]
    [InlineData("""{"service":"s","match":[{},{"path":{"exact":"/a"}}],"destinations":[{"service":"x"}]}""", "match[0]")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"timeout":"2","retry":{"attempts":0,"on":"""
            + """["always","399","508"],"perTryTimeout":"0s","backoff":{"base":"2s","max":"1s"}}}""",
            "retry.attempts retry.backoff.max retry.on[0] retry.on[1] retry.on[2] retry.perTryTimeout timeout")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"timeout":"1s","retry":{"perTryTimeout":"2s"}}""",
        "retry.perTryTimeout")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"prefix":"a","host":"a b"}}""",
        "rewrite.host rewrite.prefix")]
    [InlineData("""{"service":"s","match":[{"path":{"template":"/a/{x}"}}],"destinations":[{"service":"x"}],"rewrite":{"path":"/b/{y}"}}""",
        "rewrite.path")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"headers":{"request":{"set":{"Host":"a","x y":"b"},"remove":"""
            + """["content-length"]},"response":{"add":{"a":"1","A":"2"}}}}""",
            "headers.request.remove[0] headers.request.set.Host headers.request.set.x y headers.response.add.A")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"mirror":[{"service":"x","percent":101},{"service":"y","percent":0.00001}]}""",
        "mirror[0].percent mirror[1].percent")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"fault":{"delay":{"percent":5},"abort":{"grpcStatus":"OK"}}}""",
        "fault.abort.grpcStatus fault.delay.fixed")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"fault":{"abort":{}}}""", "fault.abort")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"hash":[{},{"header":"a","sourceIp":true},{"cookie":{"name":"a b"}}]}""",
        "hash[0] hash[1] hash[2].cookie.name")]
    [InlineData(
        """{"service":"s","match":[{"path":{"exact":"/é"}},{"path":{"prefix":"/a b"}},{"path":{"template":"/a\t/{x}"}},{"path":"""
            + """{"exact":"/a#b"}}],"destinations":[{"service":"x"}]}""",
            "match[0].path.exact match[1].path.prefix match[2].path.template match[3].path.exact")]
    [InlineData(
        """{"service":"s","match":[{"path":{"exact":"//a"}},{"path":{"prefix":"/x/../a"}},{"path":{"exact":"/%61"}},{"path":"""
            + """{"exact":"/a;b"}},{"path":{"prefix":"/a%2f"}}],"destinations":[{"service":"x"}]}""",
            "match[0].path.exact match[1].path.prefix match[2].path.exact match[3].path.exact match[4].path.prefix")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"path":"/é"}}""", "rewrite.path")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"prefix":"/a/../b"}}""", "rewrite.prefix")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"path":"//evil.example/a"}}""", "rewrite.path")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"prefix":"/\\evil.example"}}""", "rewrite.prefix")]
    [InlineData("""{"service":"s","redirect":{"path":"//evil.example"}}""", "redirect.path")]
    [InlineData("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"prefix":"/€","host":"x:99999"}}""",
        "rewrite.host rewrite.prefix")]
    [InlineData("""{"service":"s","redirect":{"path":"/\u0085","host":"é"}}""", "redirect.host redirect.path")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"headers":{"request":{"set":{"X-Mesh-Hops":"0"},"remove":["x-mesh-mirror"]}}}""",
        "headers.request.remove[0] headers.request.set.X-Mesh-Hops")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"headers":{"request":{"set":{"a":"€","b":"é","c":"1\r\nx: 2","d":" """
            + """1","é":"1"}},"response":{"add":{"e":"\u0000","f":"1 "}}}}""",
            "headers.request.set.a headers.request.set.b headers.request.set.c headers.request.set.d headers.request.set.é "
                + "headers.response.add.e headers.response.add.f")]
    [InlineData(
        """{"service":"s","destinations":[{"service":"x"}],"hash":[{"header":"é"},{"cookie":{"name":"a;b"}},{"cookie":"""
            + """{"name":"c","path":"/a;b"}}]}""", "hash[0].header hash[1].cookie.name hash[2].cookie.path")]
    public void Every_fault_is_named_with_its_field(string json, string fields) =>
        Assert.Equal(fields,
            string.Join(' ', TrafficLog.FaultsOf(json).Select(problem => problem.Field).Distinct().Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("a\\nb", "a\\nb")]
    [InlineData("a\\u001b[2J", "a\\u001B[2J")]
    [InlineData("a\\u2028b", "a\\u2028b")]
    [InlineData("a\\u202eb", "a\\u202Eb")]
    public void What_a_fault_quotes_is_on_one_line_and_obeyed_by_no_terminal(string text, string shown)
    {
        foreach (var json in (string[])
        [
            """{"service":"s","destinations":[{"service":"x"}],"rewrite":{"host":"TEXT"}}""",
            """{"service":"s","destinations":[{"service":"x"}],"rewrite":{"path":"TEXT"}}""",
            """{"service":"s","redirect":{"scheme":"TEXT","host":"a"}}""",
            """{"service":"s","destinations":[{"service":"x"}],"headers":{"request":{"remove":["TEXT"]}}}""",
        ])
            Assert.Contains($"'{shown}' is no",
                Assert.Single(TrafficLog.FaultsOf(json.Replace("TEXT", text, StringComparison.Ordinal))).Message);
        Assert.Contains(shown,
            Assert.Single(
                TrafficLog.FaultsOf(
                    """{"service":"s","destinations":[{"service":"x"}],"TEXT":1}""".Replace("TEXT", text,
                        StringComparison.Ordinal))).Field);
    }

    [Fact]
    public void A_path_with_a_parameter_is_sent_as_it_is_written() =>
        Assert.Equal("/a;b=c", Read("""{"service":"s","destinations":[{"service":"x"}],"rewrite":{"path":"/a;b=c"}}""").Rewrite!.Path);

    [Fact]
    public void More_inverted_tests_than_clients_can_be_told_of_are_a_fault_of_the_headers()
    {
        var tests = string.Join(',', Enumerable.Range(0, 5).Select(n => $$"""{"name":"x-{{n}}","exact":"a","invert":true}"""));
        var absent = string.Join(',', Enumerable.Range(0, 5).Select(n => $$"""{"name":"y-{{n}}","present":false}"""));
        Assert.Empty(TrafficLog.FaultsOf($$"""{"service":"s","match":[{"headers":[{{absent}}]}],"destinations":[{"service":"x"}]}"""));
        Assert.Equal("match[0].headers",
            Assert.Single(
                TrafficLog.FaultsOf($$"""{"service":"s","match":[{"headers":[{{tests}}]}],"destinations":[{"service":"x"}]}""")).Field);
    }

    [Fact]
    public void More_items_than_allowed_are_a_fault_of_the_list()
    {
        var many = string.Join(',', Enumerable.Range(0, 65).Select(n => $$"""{"service":"d{{n}}"}"""));
        Assert.Equal("destinations", Assert.Single(TrafficLog.FaultsOf($$"""{"service":"s","destinations":[{{many}}]}""")).Field);
    }
}
