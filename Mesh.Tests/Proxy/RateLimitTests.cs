using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy;

public class RateLimitTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_more_than_the_bucket_holds_is_a_429_that_names_the_policy_and_says_when_to_come_again()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("limited", [upstream], Limit("limited", 3));
        for (var i = 0; i < 3; i++)
            Assert.Equal("ok", await mesh.Http.GetStringAsync($"/limited/{i}", Cancel));
        using var refused = await mesh.Http.GetAsync("/limited/", Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(19), TimeSpan.FromMinutes(20));
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal(("rate-limited", "limited"), ((string?)problem["reason"], (string?)problem["service"]));
        Assert.StartsWith("The rate-limit policy of service 'limited'", (string?)problem["detail"], StringComparison.Ordinal);
        await counts.Within(1, 1, "rate.limited", "limited", "local");
    }

    [Theory]
    [InlineData(true, "8")]
    [InlineData(false, "14")]
    public async Task A_gRPC_call_is_refused_as_its_limit_says(bool exhausted, string status)
    {
        var name = $"limited-grpc-{status}";
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve(name, [upstream], host =>
        {
            Limit(name, 1)(host);
            var limit = host.TypedPerFilterConfig[LocalRateLimits.FilterName].Unpack<LocalRateLimit>();
            Assert.True(limit.RateLimitedAsResourceExhausted);
            limit.RateLimitedAsResourceExhausted = exhausted;
            host.TypedPerFilterConfig[LocalRateLimits.FilterName] = CanonicalProtobuf.Pack(limit);
        });
        Assert.Equal("ok", await mesh.Http.GetStringAsync($"/{name}/", Cancel));
        using var call = new HttpRequestMessage(HttpMethod.Post, $"/{name}/")
        {
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using var answer = await mesh.Http.SendAsync(call, Cancel);
        Assert.Equal((200, status), ((int)answer.StatusCode, answer.Headers.GetValues("grpc-status").Single()));
        Assert.True(int.Parse(answer.Headers.GetValues("retry-after").Single(), CultureInfo.InvariantCulture) > 1);
    }

    [Fact]
    public async Task All_routes_of_a_service_share_its_bucket_and_the_mesh_s_own_answers_take_tokens_too()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("shared", [upstream], host =>
        {
            host.Routes.Insert(0,
                new Route { Match = new RouteMatch { Path = "/fixed" }, DirectResponse = new DirectResponseAction { Status = 204 } });
            Limit("shared", 2)(host);
        });
        Assert.Equal("204 200 429 429", await Statuses("/shared/fixed", "/shared/", "/shared/fixed", "/shared/"));
    }

    [Fact]
    public async Task A_change_of_routes_leaves_the_bucket_as_it_is_and_another_limit_begins_with_a_full_one()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("changing", [upstream], Limit("changing", 2));
        Assert.Equal("200 200 429", await Statuses("/changing/", "/changing/", "/changing/"));
        await mesh.Route("changing", host =>
        {
            Limit("changing", 2)(host);
            host.Routes[0].Name = "another";
        });
        Assert.Equal("429", await Statuses("/changing/"));
        await mesh.Route("changing", Limit("changing", 1));
        Assert.Equal("200 429", await Statuses("/changing/", "/changing/"));
        await mesh.Route("changing", _ => { });
        Assert.Equal("200 200", await Statuses("/changing/", "/changing/"));
    }

    [Fact]
    public async Task A_limit_that_is_not_enforced_refuses_nothing()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("lax", [upstream], host =>
        {
            Limit("lax", 1)(host);
            var limit = host.TypedPerFilterConfig[LocalRateLimits.FilterName].Unpack<LocalRateLimit>();
            limit.FilterEnforced = null;
            host.TypedPerFilterConfig[LocalRateLimits.FilterName] = CanonicalProtobuf.Pack(limit);
        });
        Assert.Equal("200 200 200", await Statuses("/lax/", "/lax/", "/lax/"));
    }

    // One token comes in twenty minutes: none does in the time of a test.
    private static Action<VirtualHost> Limit(string service, uint burst) =>
        host => LocalRateLimits.Limit(host, service, burst, 1, TimeSpan.FromMinutes(20));

    private async Task<string> Statuses(params string[] paths)
    {
        var statuses = new List<int>();
        foreach (var path in paths)
        {
            using var answer = await mesh.Http.GetAsync(path, Cancel);
            statuses.Add((int)answer.StatusCode);
        }

        return string.Join(' ', statuses);
    }
}
