using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Mesh.Discovery.Probing.Addresses;

/// <summary>What host names were last found to stand for.</summary>
public sealed class HostTable
{
    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _found = new(StringComparer.Ordinal);

    /// <summary>The addresses in ordinal order; empty where none have been found yet.</summary>
    public ImmutableArray<string> Find(string host) => _found.GetValueOrDefault(host, []);

    /// <summary>Takes over what was found; true if it differs from before.</summary>
    public bool Set(string host, ImmutableArray<string> addresses)
    {
        var before = Find(host);
        _found[host] = addresses;
        return !before.AsSpan().SequenceEqual(addresses.AsSpan());
    }

    /// <summary>Forgets a name.</summary>
    public void Remove(string host) => _found.TryRemove(host, out _);
}
