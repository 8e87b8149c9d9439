using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;

namespace Mesh.Tests.DataPlane.Calls;

public class RouteDecisionTests
{
    private static readonly WeightedTargets Targets = new([new WeightedTarget("shop", 1), new WeightedTarget("shop@v2", 1)]);

    private static readonly ListenerSnapshot Shop = new("shop", new VirtualHostTable(
    [
        new VirtualHost("shop", ["*"],
        [
            new RouteSnapshot("admin", new PathMatch.Below("/admin", false), new RouteAction.Respond(403, "no")),
            new RouteSnapshot("cart", new PathMatch.Below("/cart", false), new RouteAction.Forward(Targets)),
        ]),
    ]));

    [Theory]
    [InlineData("/cart/1", RouteOutcome.Taken, "cart")]
    [InlineData("/admin", RouteOutcome.Taken, "admin")]
    [InlineData("/other", RouteOutcome.NoRoute, null)]
    [InlineData("/cart/../admin", RouteOutcome.Ambiguous, null)]
    public void A_request_has_the_first_route_that_takes_it_if_all_servers_read_its_path_alike(string path, RouteOutcome outcome,
        string? route)
    {
        var decision = RouteDecision.Of(Shop, new RequestFacts("GET", path, "", new NoHeaders()));
        Assert.Equal((outcome, route), (decision.Outcome, decision.Route?.Name));
    }

    [Fact]
    public void A_service_that_does_not_speak_HTTP_has_no_route() =>
        Assert.Equal(RouteOutcome.NotHttp,
            RouteDecision.Of(new ListenerSnapshot("db", null), new RequestFacts("GET", "/", "", new NoHeaders())).Outcome);

    [Fact]
    public void A_plan_takes_a_turn_and_its_fallback_has_none_of_its_policies()
    {
        var forward = new RouteAction.Forward(Targets) { Retry = new RetryPolicy(RetryConditions.ServerError, 3) };
        var listener = Shop with { Fallback = "backup" };
        var plan = CallPlan.Make(listener, new RouteSnapshot("cart", new PathMatch.Prefix("/", false), forward), forward);
        Assert.Contains(plan.Cluster, (string[])["shop", "shop@v2"]);
        Assert.Equal(("backup", 3, false), (plan.Fallback, plan.Retry!.Retries, plan.IsFallback));
        var fallback = plan.ForFallback();
        Assert.Equal(("backup", null, true), (fallback.Cluster, fallback.Fallback, fallback.IsFallback));
        Assert.Null(fallback.Retry);
        Assert.Contains("backup", fallback.Who);
    }

    [Fact]
    public void A_cluster_is_no_fallback_for_itself() =>
        Assert.Null(new CallPlan(Shop with { Fallback = "shop" }, Shop.Hosts!.Hosts[0].Routes[1], new WeightedTarget("shop", 1)).Fallback);

    private sealed class NoHeaders : IRequestHeaders
    {
        public string? Get(string name) => null;
    }
}
