using System.Collections.Concurrent;
using Mesh.DataPlane.Resilience;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

public class SharedTokensTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Counter _counter = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_often_fetches_tokens_ahead_so_that_few_requests_make_the_way()
    {
        _counter.Left = 100_000;
        var tokens = new SharedTokens("shop", new SharedRateLimits(10_000, 1, 10_000));
        for (var i = 0; i < 2_000; i++)
        {
            Assert.Equal(SharedVerdict.Passes, await Take(tokens));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.True(_counter.Asked.Count < 200, $"{_counter.Asked.Count} questions for 2,000 requests");
        // Never more than a twentieth beside those who wait.
        Assert.All(_counter.Asked, asked => Assert.InRange(asked, 1u, 501u));
    }

    [Fact]
    public async Task A_small_limit_is_exact()
    {
        _counter.Left = 5;
        _counter.Wait = TimeSpan.FromSeconds(30);
        var tokens = new SharedTokens("shop", new SharedRateLimits(5, 60, 5));
        for (var i = 0; i < 5; i++)
            Assert.Equal(SharedVerdict.Passes, await Take(tokens));
        var asked = _counter.Asked.Count;
        for (var i = 0; i < 100; i++)
        {
            var (verdict, wait) = await tokens.TakeAsync(_counter, _time, Cancel);
            Assert.Equal((SharedVerdict.Refused, TimeSpan.FromSeconds(30)), (verdict, wait));
        }

        // Refusals cost no way either.
        Assert.Equal(asked + 1, _counter.Asked.Count);
        _counter.Left = 1;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SharedVerdict.Passes, await Take(tokens));
    }

    [Fact]
    public async Task Many_who_wait_are_served_by_few_questions_and_get_no_more_than_there_is()
    {
        _counter.Left = 64;
        _counter.Wait = TimeSpan.FromSeconds(30);
        _counter.Held = new TaskCompletionSource();
        var tokens = new SharedTokens("shop", new SharedRateLimits(1_000, 1, 1_000));
        var all = Enumerable.Range(0, 100).Select(_ => Task.Run(() => Take(tokens))).ToList();
        _counter.Held.SetResult();
        var verdicts = await Task.WhenAll(all);
        Assert.Equal(64, verdicts.Count(v => v == SharedVerdict.Passes));
        Assert.Equal(36, verdicts.Count(v => v == SharedVerdict.Refused));
    }

    [Fact]
    public async Task While_nobody_answers_requests_pass_and_only_one_in_a_second_asks()
    {
        _counter.Left = null;
        var tokens = new SharedTokens("shop", new SharedRateLimits(5, 1, 5));
        for (var i = 0; i < 100; i++)
            Assert.Equal(SharedVerdict.Unchecked, await Take(tokens));
        Assert.Single(_counter.Asked);
        _counter.Left = 1;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SharedVerdict.Passes, await Take(tokens));
        Assert.Equal(SharedVerdict.Refused, await Take(tokens));
    }

    [Fact]
    public async Task Tokens_that_nobody_used_are_thrown_away_after_a_second()
    {
        _counter.Left = 1_000;
        var tokens = new SharedTokens("shop", new SharedRateLimits(1_000, 1, 1_000));
        for (var i = 0; i < 300; i++)
            await Take(tokens);
        _time.Advance(TimeSpan.FromSeconds(5));
        _counter.Left = 0;
        Assert.Equal(SharedVerdict.Refused, await Take(tokens));
    }

    private async Task<SharedVerdict> Take(SharedTokens tokens) => (await tokens.TakeAsync(_counter, _time, Cancel)).Verdict;

    /// <summary>Counts as those would who count for all; null stands for nobody there.</summary>
    private sealed class Counter : ISharedLimits
    {
        private readonly Lock _lock = new();

        public long? Left { get; set; }

        public TimeSpan Wait { get; set; }

        public TaskCompletionSource? Held { get; set; }

        public ConcurrentQueue<uint> Asked { get; } = new();

        public async Task<SharedAnswer?> AskAsync(string service, uint tokens)
        {
            if (Held is not null)
                await Held.Task;
            lock (_lock)
            {
                Asked.Enqueue(tokens);
                if (Left is not { } left)
                    return null;
                if (tokens > left)
                    return new SharedAnswer(false, (uint)left, left == 0 ? Wait : TimeSpan.Zero);
                Left = left - tokens;
                return new SharedAnswer(true, (uint)(left - tokens), TimeSpan.Zero);
            }
        }
    }
}
