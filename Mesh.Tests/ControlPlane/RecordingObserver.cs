using Mesh.ControlPlane.Ads;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Notes what a machine reports.</summary>
internal sealed class RecordingObserver : IPushObserver
{
    public List<(XdsType Type, string Nonce)> Acks { get; } = [];

    public List<(XdsType Type, string Nonce, string Reason)> Nacks { get; } = [];

    public List<long> Sequences { get; } = [];

    public void Subscribed(XdsType type)
    {
    }

    public void Sent(XdsType type, InFlight response, int resources, int removed) => Sequences.Add(response.Sequence);

    public void Acked(XdsType type, InFlight response) => Acks.Add((type, response.Nonce));

    public void Nacked(XdsType type, InFlight response, string reason) => Nacks.Add((type, response.Nonce, reason));
}
