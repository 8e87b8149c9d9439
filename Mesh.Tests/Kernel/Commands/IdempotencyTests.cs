using Mesh.Kernel.Commands;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Commands;

/// <summary>The rules of the Idempotency-Key.</summary>
public sealed class IdempotencyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_outcome_that_changed_something_is_replayed_even_after_a_restart()
    {
        await using (var mesh = await WriterHarness.StartAsync(_folder.File("log.db")))
        {
            await mesh.SetAsync("a", 1);
            Assert.Equal(1, ((CounterAnswer)(await mesh.SetAsync("a", 2, "key-1")).Answer!).Before);
            await mesh.SetAsync("a", 3);
        }

        await using var again = await WriterHarness.StartAsync(_folder.File("log.db"));
        var replay = await again.SetAsync("a", 2, "key-1");
        Assert.Equal((true, true, 2L), (replay.Changed, replay.Replayed, replay.Sequence));
        Assert.Equal(1, ((CounterAnswer)replay.Answer!).Before);
        Assert.Equal(3, again.Value("a"));
    }

    [Fact]
    public async Task An_outcome_that_changed_nothing_is_decided_anew()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        await mesh.SetAsync("a", 1);
        Assert.False((await mesh.SetAsync("a", 1, "k")).Changed);
        Assert.NotNull((await mesh.SetAsync("b", -1, "r")).Refusal);
        await mesh.SetAsync("a", 2);
        Assert.Equal((true, false), ((await mesh.SetAsync("a", 1, "k")) is var now ? (now.Changed, now.Replayed) : default));
        Assert.True((await mesh.SetAsync("b", 1, "r")).Changed);
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        await mesh.SendAsync(new SetCounters(("a", 1)), "k", request: 1);
        var reused = await mesh.SendAsync(new SetCounters(("a", 2)), "k", request: 2);
        Assert.Equal(RefusalKind.KeyReused, reused.Refusal!.Kind);
        Assert.Equal(1, mesh.Value("a"));
    }

    [Fact]
    public async Task A_key_is_unique_per_actor()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        await mesh.SendAsync(new SetCounters(("a", 1)), "k", actor: "user:one");
        Assert.True((await mesh.SendAsync(new SetCounters(("a", 2)), "k", actor: "user:two", request: 2)).Changed);
    }

    [Fact]
    public async Task Two_calls_with_one_key_in_one_batch_take_effect_once()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => mesh.SetAsync("a", 5, "k")));
        Assert.Single(await mesh.EntriesAsync());
        Assert.Single(answers, answer => !answer.Replayed);
        Assert.All(answers, answer => Assert.Equal((true, 1L), (answer.Changed, answer.Sequence)));
    }
}
