using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Finds services that the snapshot does not have, or has without an endpoint: the control plane is asked before a request is told that
/// there is none. Flow step 9.
/// </summary>
/// <param name="config">The configuration.</param>
/// <param name="patience">How long a request waits for the answer; after that what is here is all there is.</param>
/// <param name="time">The clock.</param>
public sealed class ServiceLookup(ConfigState config, TimeSpan patience, TimeProvider time) : IRoutingSource
{
    /// <summary>How many requests may wait; beyond that what is here is all that is looked at.</summary>
    public const int MostWaiting = 10_000;

    private int _waiting;

    /// <inheritdoc/>
    public RoutingSnapshot Snapshot => config.Snapshot;

    /// <summary>The newest snapshot once the control plane has answered, or once that has taken too long.</summary>
    /// <param name="service">A service's name on the wire; anything else is not asked for.</param>
    public ValueTask<RoutingSnapshot> AskAsync(string service) =>
        WaitAsync(XdsNames.IsService(service) ? config.CheckAsync(service) : null);

    /// <inheritdoc/>
    public async ValueTask<RoutingSnapshot> AskForEndpointsAsync(string cluster)
    {
        var snapshot = await AskOnceAsync(cluster).ConfigureAwait(false);
        // What had been sent before the question came, an assignment without endpoints that is sent again for its cluster's sake, looks
        // like the answer.
        return snapshot.Clusters.Find(cluster) is { Endpoints.Count: > 0 } ? snapshot : await AskOnceAsync(cluster).ConfigureAwait(false);
    }

    /// <summary>A cluster that is not here comes with its service.</summary>
    private ValueTask<RoutingSnapshot> AskOnceAsync(string cluster) =>
        config.CheckEndpointsAsync(cluster) is { } answered ? WaitAsync(answered) : AskAsync(XdsNames.ServiceOf(cluster));

    private async ValueTask<RoutingSnapshot> WaitAsync(Task? answered)
    {
        if (answered is null)
            return config.Snapshot;
        try
        {
            if (Interlocked.Increment(ref _waiting) <= MostWaiting)
                await answered.WaitAsync(patience, time).ConfigureAwait(false);
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
