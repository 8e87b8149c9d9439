using System.Net;
using System.Net.Http.Json;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Flow;

/// <summary>What happens to a service in the data planes is in the log: two gateways, a real control plane, a real Registry.</summary>
public sealed class IncidentFlowTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ejections_and_refusals_of_two_gateways_become_events_and_no_count_is_lost()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var other = await RunningGateway.Start(new Uri(mesh.ControlPlane), null, "--Mesh:NodeId=other");
        await using var well = await TestUpstream.Named("well");
        await using var ill = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await mesh.Register(new() { Name = "shop", Url = $"http://127.0.0.1:{well.Port}" });
        await mesh.Register(new() { Name = "shop", Url = $"http://127.0.0.1:{ill.Port}" });
        await Set(mesh, "circuit-breakers", new { service = "shop", threshold = 2 });
        await Set(mesh, "outlier-detection", new { service = "shop", baseEjectionTime = "1s", maxEjectedPercent = 50 });
        await other.Knows("shop", 2);
        await Eventually.True(async () =>
        {
            using var answer = await other.Http.GetAsync("/shop/", Ending);
            return (await Events(mesh, "instance-ejected")).Count > 0;
        }, Patience, "the ejection is in the log");
        await Eventually.True(
            async () => (await Events(mesh, "circuit-opened")).Count > 0 && (await Events(mesh, "circuit-closed")).Count > 0, Patience,
            "the circuit has opened and, with nobody asking, closed");

        var (holds, goOn) = (false, new TaskCompletionSource());
        using var arrivals = new SemaphoreSlim(0);
        await using var slow = await TestUpstream.Start(async context =>
        {
            if (Volatile.Read(ref holds))
            {
                arrivals.Release();
                await goOn.Task.WaitAsync(Patience);
            }

            await context.Response.WriteAsync("done");
        });
        await mesh.Register(new() { Name = "slow", Url = $"http://127.0.0.1:{slow.Port}" });
        // A gateway that does not reach it yet is unavailable as well, and that is not a refusal to be counted.
        foreach (var gateway in (Uri[])[new(mesh.Gateway), other.Address])
        {
            await Eventually.True(async () =>
            {
                using var answer = await mesh.Http.GetAsync(new Uri(gateway, "/slow/"), Ending);
                return answer.StatusCode == HttpStatusCode.OK;
            }, Patience, $"{gateway} reaches the instance");
        }

        Volatile.Write(ref holds, true);
        await Set(mesh, "bulkheads", new { service = "slow", maxConcurrent = 1, maxQueued = 0 });
        var refused = 0;
        var held = new List<Task>();
        var arrival = arrivals.WaitAsync(Ending);
        foreach (var gateway in (Uri[])[new(mesh.Gateway), other.Address])
        {
            // Until the gateway knows the bulkhead each request is held; from then on all but one are rejected.
            await Eventually.True(async () =>
            {
                var one = Send(new Uri(gateway, "/slow/"));
                if (await Task.WhenAny(one, arrival) == one) return await one == HttpStatusCode.ServiceUnavailable;
                held.Add(one);
                arrival = arrivals.WaitAsync(Ending);
                return false;
            }, Patience, $"{gateway} turns requests away");
            for (var i = 0; i < 20; i++) Assert.Equal(HttpStatusCode.ServiceUnavailable, await Send(new Uri(gateway, "/slow/")));
        }

        await Eventually.True(async () => (await Events(mesh, "bulkhead-rejected")).Sum() == Volatile.Read(ref refused), Patience,
            $"all {refused} refusals are in the log");
        goOn.SetResult();
        await Task.WhenAll(held);

        async Task<HttpStatusCode> Send(Uri address)
        {
            using var answer = await mesh.Http.GetAsync(address, Ending);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) Interlocked.Increment(ref refused);
            return answer.StatusCode;
        }
    }

    private static async Task Set(AspireMesh mesh, string path, object policy)
    {
        using var answer = await mesh.Http.PostAsJsonAsync($"{mesh.Registry}/api/resilience/{path}", policy, Ending);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
    }

    /// <summary>The counts of the events of a kind.</summary>
    private static async Task<List<long>> Events(AspireMesh mesh, string kind) =>
    [
        .. (await mesh.Get($"{mesh.Registry}/api/v1/events?limit=1000")).GetProperty("items").EnumerateArray()
            .Where(e => e.GetProperty("type").GetString() == $"cdaprod.mesh.resilience.{kind}.v1")
            .Select(e => e.GetProperty("data").GetProperty("count").GetInt64()),
    ];
}
