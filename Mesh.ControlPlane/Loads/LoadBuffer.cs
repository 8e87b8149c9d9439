using Mesh.ControlPlane.Settings;
using Mesh.Kernel.Loads;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Loads;

/// <summary>
/// Results on their way to the windows, all clients' together, so it is never longer than the mesh has clusters. What cannot be handed on
/// for too long is dropped: it would count as what happens now. Flow step 9.
/// </summary>
internal sealed class LoadBuffer(TimeProvider time, IOptions<ControlPlaneOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);

    /// <summary>Takes a report's results in.</summary>
    public void Add(IReadOnlyList<ClusterLoad> loads)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            foreach (var (cluster, load) in loads) Put(cluster, new(load, now));
        }
    }

    /// <summary>Takes results out to be recorded.</summary>
    public IReadOnlyList<Waiting> Take(int limit)
    {
        lock (_lock)
        {
            var batch = _waiting.Take(limit).Select(one => one.Value with { Cluster = one.Key }).ToList();
            foreach (var one in batch) _waiting.Remove(one.Cluster);
            return batch;
        }
    }

    /// <summary>Keeps what could not be recorded for another time, unless it is too old for that.</summary>
    /// <returns>How many requests' results were dropped.</returns>
    public long PutBack(IReadOnlyList<Waiting> batch)
    {
        lock (_lock)
        {
            foreach (var one in batch) Put(one.Cluster, one);
            var old = _waiting.Where(one => time.GetElapsedTime(one.Value.Since) > options.Value.KeepLoadsFor).ToList();
            foreach (var one in old) _waiting.Remove(one.Key);
            return old.Sum(one => one.Value.Load.Total);
        }
    }

    private void Put(string cluster, Waiting more) => _waiting[cluster] = _waiting.TryGetValue(cluster, out var known)
        ? new(known.Load.Plus(more.Load), Math.Min(known.Since, more.Since))
        : more;

    /// <summary>One cluster's results.</summary>
    /// <param name="Load">All together.</param>
    /// <param name="Since">When the first of them came.</param>
    internal readonly record struct Waiting(LoadWindow Load, long Since)
    {
        public string Cluster { get; init; } = "";
    }
}
