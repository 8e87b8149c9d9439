using System.Collections.Concurrent;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Settings;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Applied;

/// <summary>
/// What every client connected here was sent and has applied. Kept in memory; <see cref="AppliedMirror"/> shares it through Redis, so that
/// any control plane answers for all. Flow step 7.
/// </summary>
internal sealed class AppliedTable(TimeProvider time, IOptions<ControlPlaneOptions> options, ILogger<AppliedTable> logger,
    RolloutReceipts? receipts = null)
{
    private readonly ConcurrentDictionary<long, AppliedClient> _clients = new();
    private readonly ConcurrentDictionary<long, bool> _touched = new();
    private long _streams;

    /// <summary>What clients have of changes that are being rolled out.</summary>
    public RolloutReceipts? Receipts => receipts;

    public string ControlPlane => options.Value.Name;

    public AppliedClient Connect(NodeIdentity node, string peer)
    {
        var stream = Interlocked.Increment(ref _streams);
        var client = new AppliedClient(this, stream, node, peer, time.GetUtcNow(), time, logger);
        _clients[stream] = client;
        Touch(client);
        return client;
    }

    public void Disconnect(AppliedClient client)
    {
        _clients.TryRemove(client.Stream, out _);
        Touch(client);
    }

    /// <summary>The clients connected here.</summary>
    public IEnumerable<ProxyAnswer> Local() => _clients.Values.Select(c => c.View());

    public IEnumerable<AppliedClient> Clients => _clients.Values;

    internal bool IsMirrored { get; set; }

    internal void Touch(AppliedClient client)
    {
        // Without a mirror nobody drains.
        if (IsMirrored) _touched[client.Stream] = true;
    }

    /// <summary>The streams that changed since the last call; one without a view is gone.</summary>
    internal IReadOnlyList<(long Stream, ProxyAnswer? View)> Drain()
    {
        var drained = new List<(long, ProxyAnswer?)>();
        foreach (var stream in _touched.Keys)
        {
            if (_touched.TryRemove(stream, out _)) drained.Add((stream, _clients.GetValueOrDefault(stream)?.View()));
        }

        return drained;
    }
}
