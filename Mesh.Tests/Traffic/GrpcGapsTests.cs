using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.Routes;

namespace Mesh.Tests.Traffic;

/// <summary>
/// One rule means different things to different clients: whoever writes it for a service that speaks gRPC is warned of what gRPC's own make
/// of it.
/// </summary>
public class GrpcGapsTests
{
    [Theory]
    [InlineData("""{"path":{"exact":"/a.B/C"}},{"path":{"prefix":"/a.B"}},{"headers":[{"name":"x","exact":"1"}]},{"methods":["POST"]}""",
        "", "")]
    [InlineData("""{"query":[{"name":"v","exact":"2"}]}""", "", "match[0].query")]
    [InlineData("""{"methods":["GET","PUT"]}""", "", "match[0].methods")]
    [InlineData("""{"path":{"exact":"/cart"}},{"path":{"prefix":"/a/b/c"}}""", "", "match[0].path.exact match[1].path.prefix")]
    [InlineData("""{"headers":[{"name":"x-bin","present":true},{"name":"user-agent","prefix":"a"}]}""", "",
        "match[0].headers match[0].headers")]
    [InlineData("", ""","timeout":"2s","retry":{"attempts":4,"on":["unavailable"]},"hash":[{"header":"x"}]""", "")]
    [InlineData("", ""","retry":{"attempts":5,"on":["5xx"],"perTryTimeout":"1s"}""", "retry.attempts retry.on retry.perTryTimeout")]
    [InlineData("",
        ""","rewrite":{"host":"a.b"},"headers":{"request":{"set":{"a":"b"}}},"mirror":[{"service":"x"}],"hash":[{"sourceIp":true}]""",
        "hash headers mirror rewrite")]
    public void A_route_warns_of_each_field_that_they_pass_over(string match, string more, string fields) =>
        Assert.Equal(fields,
            Fields(Grpc().Set(
                $$"""{"service":"cart","name":"a","match":[{{match}}],"destinations":[{"service":"cart"}]{{more}}}""").Answer));

    [Fact]
    public void Answers_of_a_routes_own_fail_their_calls()
    {
        Assert.Equal("redirect", Fields(Grpc().Set("""{"service":"cart","redirect":{"host":"a.b"}}""").Answer));
        Assert.Equal("directResponse", Fields(Grpc().Set("""{"service":"cart","directResponse":{"status":200}}""").Answer));
    }

    [Fact]
    public void A_policy_warns_of_what_they_do_not_balance_by()
    {
        Assert.Equal(
            "loadBalancing.failover loadBalancing.panicThreshold loadBalancing.policy loadBalancing.slowStart loadBalancing.zoneAware",
            Fields(Grpc().Policy(
            "cart",
            """{"loadBalancing":{"policy":"least_request","zoneAware":true,"failover":"""
                + """["z1"],"slowStart":"5s","panicThreshold":30}}""").Answer));
        Assert.Equal("", Fields(Grpc().Policy("cart", """{"loadBalancing":{"policy":"round_robin"}}""").Answer));
    }

    [Fact]
    public void A_rule_that_is_so_already_warns_again_and_one_of_a_service_of_plain_HTTP_never_does()
    {
        const string Mirrored = """{"service":"cart","destinations":[{"service":"cart"}],"mirror":[{"service":"x"}]}""";
        var log = Grpc();
        Assert.Equal("mirror", Fields(log.Set(Mirrored).Answer));
        Assert.Equal("mirror", Fields(log.Set(Mirrored).Answer));
        log.Register("""{"name":"shop","url":"http://10.0.0.1:80"}""");
        Assert.Equal("", Fields(log.Set(Mirrored.Replace("cart", "shop", StringComparison.Ordinal)).Answer));
    }

    private static TrafficLog Grpc()
    {
        var log = new TrafficLog();
        log.Register("""{"name":"cart","url":"grpc://10.0.1.1:80"}""");
        return log;
    }

    private static string Fields(object? answer) =>
        string.Join(' ',
            (((TrafficAnswer)answer!).Warnings ?? []).Select(warning => warning[..warning.IndexOf(':')]).Order(StringComparer.Ordinal));
}
