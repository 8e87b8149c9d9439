using System.Collections.Concurrent;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>The data plane needs nobody to go on with what it knows.</summary>
public sealed class FailStaticTests
{
    [Fact]
    public async Task The_gateway_answers_every_request_while_all_else_is_killed_one_after_another()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var one = await Upstream.StartAsync("one");
        await using var two = await Upstream.StartAsync("two");
        await mesh.Register(new() { Name = "echo", InstanceId = "one", Url = one.Url });
        await mesh.Register(new() { Name = "echo", InstanceId = "two", Url = two.Url });
        await Eventually.Succeeds(
            async () => Assert.StartsWith("one ",
                await mesh.Http.GetStringAsync($"{mesh.Gateway}/echo/", TestContext.Current.CancellationToken)), TimeSpan.FromSeconds(60),
                "the gateway routes to one");
        await Eventually.Succeeds(
            async () => Assert.StartsWith("two ",
                await mesh.Http.GetStringAsync($"{mesh.Gateway}/echo/", TestContext.Current.CancellationToken)), TimeSpan.FromSeconds(60),
                "the gateway routes to two");

        using var stop = new CancellationTokenSource();
        var (answered, failures) = (0, new ConcurrentQueue<string>());
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(LoadAsync)).ToArray();
        foreach (var part in mesh.Parts.Where(part => part != "gateway"))
        {
            await mesh.Kill(part);
            await AnswersAsync(300, $"the load goes on without {part}");
        }

        // And with some of it back again.
        await mesh.StartPart("redis");
        await mesh.StartPart("kafka");
        await mesh.StartPart("registry");
        await mesh.StartPart("controlplane");
        await AnswersAsync(300, "the load goes on when the others come back");
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(failures);

        async Task AnswersAsync(int more, string because)
        {
            var wanted = Volatile.Read(ref answered) + more;
            await Eventually.True(() => Volatile.Read(ref answered) >= wanted || !failures.IsEmpty, TimeSpan.FromSeconds(60), because);
        }

        async Task LoadAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/echo/some/path", CancellationToken.None);
                var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                if (!answer.IsSuccessStatusCode || !body.EndsWith(" /some/path", StringComparison.Ordinal))
                    failures.Enqueue($"{(int)answer.StatusCode} {body}");
                Interlocked.Increment(ref answered);
            }
        }
    }
}
