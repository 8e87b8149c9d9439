using Mesh.DataPlane.Balancing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What has come of the request so far at the cluster that is asked.</summary>
internal sealed partial class Exchange
{
    /// <summary>The endpoints that have had it; null before the first attempt.</summary>
    public List<EndpointState>? Tried { get; private set; }

    /// <summary>The request as it was last sent, or null where it has not come to that.</summary>
    public HttpRequestMessage? Outgoing { get; private set; }

    /// <summary>How often it went to another endpoint although no policy says so.</summary>
    public int Offers { get; private set; }

    /// <summary>The endpoint that failed last, and how. One that was reached and broke off is not unreachable, whatever came of the others.</summary>
    public (EndpointSnapshot Endpoint, Failure Failure)? Last { get; private set; }

    /// <summary>Whether an endpoint that has had it may have it once more where there is no other.</summary>
    public bool MayReturn { get; private set; }

    /// <summary>Keeps what an attempt was that is followed by another one.</summary>
    public void Missed(EndpointSnapshot endpoint, Failure? failure)
    {
        if (!Again)
        {
            Offers++;
            Body?.Rewind();
        }

        MayReturn = Again || failure is { MayReturn: true };
        if (failure is { } ended && (ended.Kind != FailureKind.NotConnected || Last is null))
            Last = (endpoint, ended);
        (Tried ??= []).Add(endpoint.State);
    }

    /// <summary>Has all endpoints tried once more.</summary>
    public void StartOver()
    {
        Tried!.Clear();
        Offers = 0;
    }
}
