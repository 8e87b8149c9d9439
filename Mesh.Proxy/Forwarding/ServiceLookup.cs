using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Finds services that the snapshot does not have, or has without an endpoint: the control plane is asked before a request is told that there is none. Flow step 9.
/// </summary>
internal sealed class ServiceLookup(ConfigState config, IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>How many requests may wait; beyond that what is here is all that is looked at.</summary>
    public const int MostWaiting = 10_000;

    private readonly TimeSpan _patience = options.Value.LookUpFor;
    private int _waiting;

    /// <summary>The newest snapshot once the control plane has answered, or once that has taken too long.</summary>
    /// <param name="service">A service's name on the wire; anything else is not asked for.</param>
    public ValueTask<RoutingSnapshot> Ask(string service) => Answered(XdsNames.IsService(service) ? config.Check(service) : null);

    /// <summary>The newest snapshot once the control plane has answered for a cluster that has no endpoint.</summary>
    /// <param name="cluster">The cluster's name.</param>
    public async ValueTask<RoutingSnapshot> AskForEndpoints(string cluster)
    {
        var snapshot = await AskOnce(cluster);
        // What had been sent before the question came, an assignment without endpoints that is sent again for its cluster's sake, looks like the answer.
        return snapshot.Clusters.Find(cluster) is { Endpoints.Count: > 0 } ? snapshot : await AskOnce(cluster);
    }

    /// <summary>A cluster that is not here comes with its service.</summary>
    private ValueTask<RoutingSnapshot> AskOnce(string cluster) =>
        config.CheckEndpoints(cluster) is { } answered ? Answered(answered) : Ask(XdsNames.ServiceOf(cluster));

    private async ValueTask<RoutingSnapshot> Answered(Task? answered)
    {
        if (answered is null)
            return config.Snapshot;
        try
        {
            if (Interlocked.Increment(ref _waiting) <= MostWaiting)
                await answered.WaitAsync(_patience, time);
        }
        catch (TimeoutException)
        {
            // What is here has to do.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return config.Snapshot;
    }
}
