using Mesh.ControlPlane.Ads;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ControlPlane;

/// <summary>A limited number of large responses is written at once.</summary>
public class LargeResponsesTests
{
    private readonly FakeTimeProvider _time = new();
    private int _begun;

    [Fact]
    public async Task Clients_that_take_nothing_keep_others_from_being_served_for_a_second_at_most()
    {
        using var large = new LargeResponses(_time);
        var stuck = new TaskCompletionSource();
        var writes = Enumerable.Range(0, 200).Select(_ => Write(large, LargeResponses.From, stuck.Task)).ToArray();
        var atOnce = _begun;
        Assert.InRange(atOnce, 1, 199);

        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.True(() => Volatile.Read(ref _begun) == 2 * atOnce, TimeSpan.FromSeconds(60), "the places were not given back");

        stuck.SetResult();
        await Task.WhenAll(writes);
        Assert.Equal(200, _begun);
        await Write(large, LargeResponses.From, Task.CompletedTask);
    }

    [Fact]
    public async Task A_small_response_waits_for_nobody()
    {
        using var large = new LargeResponses(_time);
        var stuck = new TaskCompletionSource();
        var writes = Enumerable.Range(0, 200).Select(_ => Write(large, LargeResponses.From, stuck.Task)).ToArray();
        await Write(large, LargeResponses.From - 1, Task.CompletedTask);

        stuck.SetResult();
        await Task.WhenAll(writes);
    }

    [Fact]
    public async Task A_write_that_fails_gives_its_place_back()
    {
        using var large = new LargeResponses(_time);
        for (var i = 0; i < 200; i++)
            await Assert.ThrowsAsync<IOException>(() => Write(large, LargeResponses.From, Task.FromException(new IOException())));
        await Write(large, LargeResponses.From, Task.CompletedTask);
    }

    private Task Write(LargeResponses large, int bytes, Task taken) => large.WriteAsync(bytes, () =>
    {
        Interlocked.Increment(ref _begun);
        return taken;
    }, TestContext.Current.CancellationToken);
}
