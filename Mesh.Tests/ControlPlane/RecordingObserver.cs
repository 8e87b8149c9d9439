using Mesh.ControlPlane.Ads;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Notes what a machine reports.</summary>
internal sealed class RecordingObserver : IPushObserver
{
    public List<(XdsType Type, string Nonce)> Acks { get; } = [];

    /// <summary>Nonces of those among them that left another refusal standing.</summary>
    public List<string> AcksBesideRefusals { get; } = [];

    /// <summary>The sequences of the log entries that each response delivered, by its nonce.</summary>
    public Dictionary<string, long[]> Delivered { get; } = [];

    public List<(XdsType Type, string Nonce, string Reason)> Nacks { get; } = [];

    public List<long> Sequences { get; } = [];

    public void Subscribed(XdsType type)
    {
    }

    public string? Sent(XdsType type, SentResponse response, int resources, int removed)
    {
        Sequences.Add(response.Sequence);
        Delivered[response.Nonce] = [.. response.Causes.Select(c => c.Sequence)];
        return null;
    }

    public void Acked(XdsType type, SentResponse response, bool othersRefused)
    {
        Acks.Add((type, response.Nonce));
        if (othersRefused) AcksBesideRefusals.Add(response.Nonce);
    }

    public void Nacked(XdsType type, SentResponse response, string reason) => Nacks.Add((type, response.Nonce, reason));
}
