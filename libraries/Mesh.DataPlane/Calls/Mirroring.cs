using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// Sends copies of requests to other clusters and throws their answers away. The request itself never waits for one: a copy of a request
/// with a body is sent when that has been answered, and where too many copies are in progress there is none. Flow step 9.
/// </summary>
internal sealed class Mirroring(int most, ICallEvents events, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private int _underWay;

    /// <summary>
    /// Draws who gets a copy. Those of a request without a body are sent at once; the others are returned for <see cref="Send"/>.
    /// </summary>
    public async ValueTask<List<Mirrored>?> BeginAsync<TTransport>(CallState call, TTransport transport) where TTransport : ICallTransport
    {
        var copies = default(List<Mirrored>);
        var service = call.Plan.Listener.Name;
        if (!call.Request.AllowsCopies)
        {
            events.Mirrored(service, "skipped");
            return null;
        }

        foreach (var mirror in call.Plan.Action.Mirrors)
        {
            if (!FaultPolicy.Draw(mirror.Share, Random.Shared)
                || await PrepareAsync(call, mirror.Cluster, transport).ConfigureAwait(false) is not { } copy)
                continue;
            if (call.Request.CanHaveBody)
                (copies ??= []).Add(copy);
            else
                _ = RunAsync(copy, null, service);
        }

        return copies;
    }

    /// <summary>Sends the copies with the body as it was read; without it there is nothing to send.</summary>
    public void Send(List<Mirrored> copies, ReadOnlyMemory<byte>? body, string service)
    {
        foreach (var copy in copies)
        {
            if (body is not { } whole)
            {
                events.Mirrored(service, "skipped");
                copy.Copy.Dispose();
                continue;
            }

            _ = RunAsync(copy, whole, service);
        }
    }

    private async ValueTask<Mirrored?> PrepareAsync<TTransport>(CallState call, string name, TTransport transport)
        where TTransport : ICallTransport
    {
        var now = time.GetTimestamp();
        if (call.Routing.Snapshot.Clusters.Find(name) is not { } cluster
            || cluster.PickerAt(now).Pick([], now, call.HashFor(cluster)) is not { Protocol: not UpstreamProtocol.Tcp } endpoint
            || await transport.CopyAsync(call, cluster, endpoint).ConfigureAwait(false) is not { } copy)
        {
            events.Mirrored(call.Plan.Listener.Name, "skipped");
            return null;
        }

        return new Mirrored(cluster, endpoint, copy, call.Plan.Action.Timeout is { } timeout && timeout < Longest ? timeout : Longest);
    }

    private async Task RunAsync(Mirrored mirrored, ReadOnlyMemory<byte>? body, string service)
    {
        // What the caller is doing goes on; the copy is nobody's child.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var (cluster, endpoint) = (mirrored.Cluster, mirrored.Endpoint);
        using var copy = mirrored.Copy;
        var breakers = cluster.Config.Breakers;
        if (Interlocked.Increment(ref _underWay) > most
            || (breakers is not null
                && await cluster.State.Gate.EnterAsync(breakers, false, CancellationToken.None).ConfigureAwait(false) != Overflow.None))
        {
            Interlocked.Decrement(ref _underWay);
            events.Mirrored(service, "skipped");
            return;
        }

        endpoint.State.Begin();
        endpoint.Tally.Begin();
        var sent = time.GetTimestamp();
        var outcome = LoadOutcome.Failed;
        try
        {
            using var deadline = new CancellationTokenSource(mirrored.Timeout, time);
            outcome = (await copy.SendAsync(body, deadline.Token).ConfigureAwait(false)).LoadOf(null);
            events.Mirrored(service, "sent");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            events.Mirrored(service, "failed");
        }
        finally
        {
            endpoint.State.End();
            endpoint.Tally.End(outcome, time.GetTimestamp() - sent);
            if (breakers is not null)
                cluster.State.Gate.Leave(breakers);
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>A copy that is ready to be sent, and to whom.</summary>
    internal sealed record Mirrored(ClusterSnapshot Cluster, EndpointSnapshot Endpoint, ICallCopy Copy, TimeSpan Timeout);
}
