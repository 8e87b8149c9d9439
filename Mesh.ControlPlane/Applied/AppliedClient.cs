using System.Diagnostics;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Telemetry;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Applied;

/// <summary>One open stream's rows of the applied table; written by the stream's loop, read by anybody. Flow step 7.</summary>
internal sealed class AppliedClient : IPushObserver, IDisposable
{
    private const string Withheld = "refused; its words are withheld, since they may quote the secret: see the client's own log";
    private readonly Lock _lock = new();
    private readonly ProxyTypeAnswer?[] _types = new ProxyTypeAnswer?[XdsTypes.Count];
    private readonly AppliedTable _table;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public AppliedClient(AppliedTable table, long stream, NodeIdentity node, string peer, DateTimeOffset connectedAt, TimeProvider time,
        ILogger logger)
    {
        (_table, Stream, Node, Peer, ConnectedAt, _time, _logger) = (table, stream, node, peer, connectedAt, time, logger);
        ControlPlaneMetrics.Streams.Add(1, Flavour);
    }

    public long Stream { get; }

    public NodeIdentity Node { get; }

    public string Peer { get; }

    public DateTimeOffset ConnectedAt { get; }

    /// <summary>What the client was last sent, by type; set by the stream's session while it runs.</summary>
    public Func<IReadOnlyList<XdsResource>>? Holdings { get; set; }

    /// <summary>How far the client is; set by the stream's session while it runs.</summary>
    public Func<long?>? Settled { get; set; }

    private KeyValuePair<string, object?> Flavour => new("flavour", Node.Flavour.ToString().ToLowerInvariant());

    public void Subscribed(XdsType type) => Update(type, row => row);

    public string? Sent(XdsType type, SentResponse response, int resources, int removed)
    {
        ControlPlaneMetrics.Pushes.Add(1, new("type", type.ToString()), Flavour);
        using var span = ControlPlaneTracing.Push(response.Causes, Node.Id, type, resources, removed, response.Sequence);
        Update(type, row => row with { SentVersion = response.Version });
        return Node.Flavour == XdsFlavour.Mesh ? span?.Id : null;
    }

    public void Acked(XdsType type, SentResponse response, bool othersRefused)
    {
        var now = _time.GetUtcNow();
        foreach (var entry in response.Causes)
        {
            var tags = new TagList { { "type", type.ToString() }, Flavour };
            ControlPlaneMetrics.CommandToAck.Record(Math.Max(0, (now - entry.Time).TotalSeconds), tags);
        }

        Update(type,
            row => row with
            {
                AckedVersion = response.Version,
                Sequence = response.Sequence,
                Nack = othersRefused ? row.Nack : null,
                NackSequence = othersRefused ? row.NackSequence : null,
            });
    }

    public void Nacked(XdsType type, SentResponse response, string reason)
    {
        // A client may quote what it refuses.
        if (type.IsConfidential) reason = Withheld;
        ControlPlaneMetrics.Nacks.Add(1, new("type", type.ToString()), Flavour);
        _logger.Refused(Node.Id, type, response.Version, response.Sequence, reason);
        Update(type, row => row with { Nack = reason.Length == 0 ? "refused without a reason" : reason, NackSequence = response.Sequence });
    }

    public ProxyAnswer View()
    {
        // The stream's loop holds its own lock while it calls here: it is asked before, never within.
        var holdings = _table.Receipts?.Concern(Node) == true ? Holdings?.Invoke() ?? [] : [];
        lock (_lock)
        {
            var rows = _types.OfType<ProxyTypeAnswer>().ToList();
            return new ProxyAnswer
            {
                Node = Node.Id,
                Cluster = Node.Cluster,
                Flavour = Node.Flavour.ToString().ToLowerInvariant(),
                Address = Peer,
                ControlPlane = _table.ControlPlane,
                ConnectedAt = ConnectedAt,
                Sequence = Settled?.Invoke(),
                Rollouts = _table.Receipts?.Of(Node, holdings, rows),
                Types = rows,
            };
        }
    }

    public void Dispose()
    {
        ControlPlaneMetrics.Streams.Add(-1, Flavour);
        _table.Disconnect(this);
    }

    private static string StateOf(ProxyTypeAnswer row) =>
        row.Nack is not null ? "NACKED" : row.SentVersion is null ? "NOT_SENT" : row.SentVersion == row.AckedVersion ? "SYNCED" : "STALE";

    private void Update(XdsType type, Func<ProxyTypeAnswer, ProxyTypeAnswer> change)
    {
        lock (_lock)
        {
            var row = _types[type.Order] ?? new ProxyTypeAnswer { Type = type.ToString() };
            row = change(row) with { Time = _time.GetUtcNow() };
            _types[type.Order] = row with { State = StateOf(row) };
        }

        _table.Touch(this);
    }
}
