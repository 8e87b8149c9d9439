using System.Collections.Concurrent;
using Mesh.Kernel.Commands;

namespace Mesh.Api.Rest;

/// <summary>Counts watches and long-polls, so that one namespace's watchers cannot take all of a process.</summary>
public sealed class WatchGate
{
    /// <summary>Watches and long polls that one process serves for a namespace at a time, over all modules.</summary>
    public const int PerNamespace = 2_000;

    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>Takes a place, to be given back by disposing it; null where none is left.</summary>
    /// <param name="namespace">Null for a watch of all namespaces, which are counted together.</param>
    public IDisposable? TryEnter(string? @namespace)
    {
        var key = @namespace ?? "*";
        if (_open.AddOrUpdate(key, 1, static (_, open) => open + 1) <= PerNamespace) return new Place(this, key);
        Leave(key);
        return null;
    }

    /// <summary>What to answer where there is no place left.</summary>
    public static Refusal Full(string? @namespace) => Refusal.Of(RefusalKind.LimitReached, "namespace", "limit-reached",
        $"{PerNamespace} watches of {(@namespace is null ? "all namespaces" : $"namespace {@namespace}")} are open in this process, the "
            + "limit. Close some.");

    private void Leave(string key)
    {
        // The entry goes with its last watch: names come from outside and must not pile up.
        while (_open.TryGetValue(key, out var open))
        {
            if (open <= 1 ? _open.TryRemove(new(key, open)) : _open.TryUpdate(key, open - 1, open)) return;
        }
    }

    private sealed class Place(WatchGate gate, string key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) gate.Leave(key);
        }
    }
}
