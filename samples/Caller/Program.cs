// A program that calls a service through the call engine: a failed request is sent again, an endpoint that goes on failing is left alone,
// and a fallback answers where the service cannot. Nothing of ASP.NET is needed for it.
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.DataPlane.Transport;
using Mesh.Samples.Caller;
using Microsoft.Extensions.Logging.Abstractions;

if (args is not [var endpoints, var fallback, var number] || !int.TryParse(number, out var calls))
{
    Console.Error.WriteLine("Usage: Caller <host:port of the service,…> <host:port of its fallback> <number of calls>");
    return 2;
}

var policies = new RouteAction.Forward(new WeightedTargets([new WeightedTarget("shop", 1)]))
{
    Retry = new RetryPolicy(RetryConditions.GatewayError, Retries: 1) { PerTryTimeout = TimeSpan.FromSeconds(5) },
    Timeout = TimeSpan.FromSeconds(30),
};
// Three failures in a row, and an endpoint is not asked for a minute. However few there are, one stays.
var outliers = new OutlierConfig { Consecutive5xx = new OutlierRule(3, 100), BaseEjection = TimeSpan.FromMinutes(1), MaxShare = 100 };
var service = new FixedService(
    "shop", policies, "shop-fallback", (FixedService.Cluster("shop", outliers), endpoints.Split(',')),
    (FixedService.Cluster("shop-fallback"), [fallback]));

var counts = new Counts();
var engine = new CallEngine(new CallOptions(), counts, TimeProvider.System, NullLogger.Instance);
using var client = UpstreamHandler.New(connectTimeout: TimeSpan.FromSeconds(1), idleConnection: TimeSpan.FromMinutes(1));
for (var i = 0; i < calls; i++)
{
    var request = new HttpCall(client, new HttpRequestMessage(HttpMethod.Get, new Uri($"http://shop/orders/{i}")), CancellationToken.None);
    if (RouteDecision.Of(service.Listener, request.Facts).Route is not { Action: RouteAction.Forward forward } route)
        continue;

    var call = new CallState(request, CallPlan.Make(service.Listener, route, forward), service);
    var end = await engine.RunAsync<HttpCall, AttemptResult>(call, service.Snapshot, request);
    Console.WriteLine(end.Step == NextStep.Deliver
        ? $"{(int)request.Answer!.StatusCode} from {call.Endpoint!.State.Address} after {call.Attempts} attempt(s): "
            + $"{await request.Answer.Content.ReadAsStringAsync()}"
        : $"refused: {end.Refusal?.Reason}: {end.Refusal?.Detail}");
}

Console.WriteLine($"tried again {counts.Of("again")}, fell back {counts.Of("fell back")}, ejected {string.Join(',', service.Ejected)}");
return 0;
