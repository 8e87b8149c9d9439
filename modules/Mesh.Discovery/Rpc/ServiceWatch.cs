using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Discovery.Read;
using Microsoft.Extensions.Hosting;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>
/// The stream of <c>Discovery/Watch</c>: the filtered list now, and again whole after every change of it. Latest wins: a slow client gets
/// fewer lists, never a queue of old ones.
/// </summary>
public sealed class ServiceWatch(StateReads reads, WatchGate gate, IHostApplicationLifetime lifetime)
{
    /// <summary>Serves one client until it leaves or the host stops.</summary>
    public async Task RunAsync(ServiceFilter filter, long minSequence, IServerStreamWriter<V1.ServiceList> target,
        CancellationToken cancellationToken)
    {
        using var place = gate.TryEnter(filter.Namespace) ?? throw WatchGate.Full(filter.Namespace).ToRpcException();
        var (_, refusal) = await reads.ReadAsync(new ReadDemand(minSequence, false), cancellationToken).ConfigureAwait(false);
        if (refusal is not null) throw refusal.ToRpcException();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using var changes = reads.Subscribe();
        V1.ServiceList? last = null;
        try
        {
            while (true)
            {
                var change = await changes.NextAsync(ending.Token).ConfigureAwait(false);
                if (!filter.IsTouchedBy(change)) continue;
                var list = ServiceMessages.List(change.State, filter);
                if (last is not null && last.Items.Equals(list.Items)) continue;
                await target.WriteAsync(list, ending.Token).ConfigureAwait(false);
                last = list;
            }
        }
        catch (OperationCanceledException)
            when (lifetime.ApplicationStopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The Registry is stopping; watch again."));
        }
    }
}
