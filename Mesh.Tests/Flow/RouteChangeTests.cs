using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Routes over the whole way: a command, the log, xDS, the gateway, real requests.</summary>
public sealed class RouteChangeTests
{
    // Each look at shares is a thousand requests, one after another.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changing_weights_under_load_loses_no_request_and_follows_the_new_weights()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var one = await Upstream.StartAsync("one");
        await using var two = await Upstream.StartAsync("two");
        await mesh.Register(new() { Name = "shop", Url = one.Url, Version = "v1" });
        await mesh.Register(new() { Name = "shop", Url = two.Url, Version = "v2" });
        await Weights(mesh, 100, 0);
        await Eventually.Succeeds(() => mesh.Http.GetStringAsync($"{mesh.Gateway}/shop/x", Ending), Patience,
            "the gateway knows the service");
        await Shares(mesh, share => share == 0, "all requests go to v1");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        var answers = new ConcurrentDictionary<HttpStatusCode, int>();
        var load = Enumerable.Range(0, 4).Select(_ => LoadAsync(mesh, answers, stop.Token)).ToList();
        foreach (var weight in (int[])[20, 50, 80, 20]) await Weights(mesh, 100 - weight, weight);
        // The gateway spreads shares evenly, whoever else asks in step: over a thousand calls they are nearly exact.
        await Shares(mesh, share => share is >= 150 and <= 250, "a fifth of the requests goes to v2");
        var last = await Share(mesh, 1000);
        Assert.InRange(last, 150, 250);

        await Weights(mesh, 0, 100);
        await Shares(mesh, share => share == 1000, "all requests go to v2");
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal([HttpStatusCode.OK], answers.Keys);
        Assert.True(answers[HttpStatusCode.OK] > 100, $"{answers[HttpStatusCode.OK]} requests only");
    }

    [Fact]
    public async Task A_destination_that_does_not_exist_is_named_and_heals()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var late = await Upstream.StartAsync("late");
        await Set(mesh,
            new { service = "front", match = new[] { new { path = new { prefix = "/a" } } },
                destinations = new[] { new { service = "later" } } });
        await Eventually.True(async () =>
        {
            using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/front/a/b", Ending);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                && (await answer.Content.ReadAsStringAsync(Ending)).Contains("later", StringComparison.Ordinal);
        }, Patience, "the answer is 503 and names the destination");
        Assert.Equal("later",
            (await mesh.Get($"{mesh.Registry}/api/traffic/routes")).GetProperty("items")[0].GetProperty("unresolved")[0].GetString());

        await mesh.Register(new() { Name = "later", Url = late.Url });
        Assert.Equal("late /a/b",
            await Eventually.Succeeds(() => mesh.Http.GetStringAsync($"{mesh.Gateway}/front/a/b", Ending), Patience,
                "the route leads to the new service"));
    }

    private static async Task Set(AspireMesh mesh, object route)
    {
        using var answer = await mesh.Http.PostAsJsonAsync($"{mesh.Registry}/api/traffic/routes", route, Ending);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Ending)).GetProperty("changed").GetBoolean());
    }

    private static Task Weights(AspireMesh mesh, int one, int two) => Set(mesh, new
    {
        service = "shop", name = "split",
        destinations = new[] { new { service = "shop@v1", weight = one }, new { service = "shop@v2", weight = two } },
    });

    private static Task Shares(AspireMesh mesh, Func<int, bool> wanted, string what) =>
        Eventually.True(async () => wanted(await Share(mesh, 1000)), Patience, what);

    /// <summary>How many of so many requests the second one answers.</summary>
    private static async Task<int> Share(AspireMesh mesh, int requests)
    {
        var second = 0;
        for (var i = 0; i < requests; i++)
        {
            if ((await mesh.Http.GetStringAsync($"{mesh.Gateway}/shop/x", Ending)).StartsWith("two", StringComparison.Ordinal)) second++;
        }

        return second;
    }

    private static async Task LoadAsync(AspireMesh mesh, ConcurrentDictionary<HttpStatusCode, int> answers, CancellationToken stopped)
    {
        while (!stopped.IsCancellationRequested)
        {
            using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/shop/load", CancellationToken.None);
            answers.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
        }
    }
}
