using System.Collections.Concurrent;
using Mesh.Kernel.Log;

namespace Mesh.Tests.Support;

/// <summary>Parallel writers against Registries that may die at any moment, and the account of what they were told.</summary>
public sealed class WriterLoad
{
    private readonly ConcurrentDictionary<(int Writer, int Number), long> _acknowledged = new();
    private readonly ConcurrentDictionary<(int Writer, int Number), bool> _unknown = new();
    private static readonly TimeSpan ClientBackoff = TimeSpan.FromMilliseconds(20);
    private volatile bool _stop;

    /// <summary>Writes acknowledged so far.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Writes whose outcome was unknown at least once.</summary>
    public int Unknown => _unknown.Count;

    /// <summary>
    /// Writers that each register one instance after the other until <see cref="Stop"/>. One whose outcome is unknown is asked for again
    /// with the same Idempotency-Key until it is acknowledged.
    /// </summary>
    public Task Run(int writers, params RegistryProcess[] registries) => Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
    {
        for (var number = 0; !_stop; number++)
        {
            var key = $"w{writer}-{number}";
            while (await registries[(writer + number) % registries.Length].Register($"service-{writer}", key, 1 + number, "x",
                key) is var outcome)
            {
                if (outcome is { } answer)
                {
                    Assert.True(answer.Changed, $"{key}: its own outcome is replayed, it is never told that nothing changed");
                    _acknowledged[(writer, number)] = answer.Sequence;
                    break;
                }

                _unknown[(writer, number)] = true;
                if (_stop) return;
                await Task.Delay(ClientBackoff, TestContext.Current.CancellationToken);
            }
        }
    }));

    /// <summary>Waits until so many more writes have been acknowledged.</summary>
    public async Task Progress(int more)
    {
        var target = Acknowledged + more;
        await Eventually.True(() => Acknowledged >= target, TimeSpan.FromSeconds(90), $"{more} more writes are acknowledged");
    }

    public void Stop() => _stop = true;

    /// <summary>Every acknowledged write stands in the log exactly once and where it was said to; no other stands there twice.</summary>
    public async Task Verify(ILogStore store)
    {
        await store.OpenAsync(TestContext.Current.CancellationToken);
        var entries = await LogChain.Verify(store);
        var byStream = entries.GroupBy(entry => entry.Stream)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        foreach (var ((writer, number), sequence) in _acknowledged)
        {
            var stream = $"discovery/default/service-{writer}/i/w{writer}-{number}";
            Assert.True(byStream.TryGetValue(stream, out var written), $"{stream} was acknowledged at {sequence} and is lost");
            // A service's first registration gives it its defaults as well: the answer is where the command ends.
            var entry = Assert.Single(written);
            Assert.Equal(sequence, entry.Sequence - entry.Index + entry.Count - 1);
        }

        foreach (var (writer, number) in _unknown.Keys.Where(unknown => !_acknowledged.ContainsKey(unknown)))
        {
            if (byStream.TryGetValue($"discovery/default/service-{writer}/i/w{writer}-{number}", out var written)) Assert.Single(written);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_acknowledged.Count} writes acknowledged, {_unknown.Count} of unknown outcome at first, {entries.Count} entries");
    }
}
