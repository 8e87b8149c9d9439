using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Microsoft.Extensions.Hosting;

namespace Notices;

/// <summary>Reads and watches, on a Registry and on a control plane alike.</summary>
public sealed class NoticesReading(StateReads reads, IHostApplicationLifetime lifetime)
{
    /// <summary>The list now.</summary>
    public V1.NoticeList List() => List(reads.Current);

    /// <summary>The list now, and again after every change of it.</summary>
    public async Task WatchAsync(IServerStreamWriter<V1.NoticeList> target, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using var changes = reads.Subscribe();
        V1.NoticeList? last = null;
        while (true)
        {
            var list = List((await changes.NextAsync(ending.Token).ConfigureAwait(false)).State);
            if (list.Equals(last)) continue;
            await target.WriteAsync(list, ending.Token).ConfigureAwait(false);
            last = list;
        }
    }

    private static V1.NoticeList List(MeshState state)
    {
        var list = new V1.NoticeList();
        foreach (var notice in NoticesState.Of(state).All.Values)
            list.Items.Add(new V1.Notice
            {
                Namespace = notice.Namespace,
                Service = notice.Service,
                Text = notice.Text,
                Confirmed = notice.Confirmed,
            });
        return list;
    }
}

/// <summary>The service on a Registry.</summary>
public sealed class NoticesRpc(ICommandBus bus, NoticesReading reading) : V1.Notices.NoticesBase
{
    /// <inheritdoc/>
    public override Task<V1.NoticeReply> Set(V1.Notice request, ServerCallContext context)
    {
        var faults = new Faults();
        return SendAsync(
            bus, SetNotice.Read(request.Namespace.Length == 0 ? null : request.Namespace, request.Service, request.Text, faults), request,
            context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.NoticeList> List(V1.ListNoticesRequest request, ServerCallContext context) => Task.FromResult(reading.List());

    /// <inheritdoc/>
    public override Task Watch(V1.ListNoticesRequest request, IServerStreamWriter<V1.NoticeList> responseStream,
        ServerCallContext context) =>
        reading.WatchAsync(responseStream, context.CancellationToken);

    internal static async Task<V1.NoticeReply> SendAsync(
        ICommandBus bus, ValidRequest<NoticeResult>? valid, IMessage request, ServerCallContext context, Faults faults)
    {
        var (outcome, _) = await bus.SendAsync(context, request, faults, valid).ConfigureAwait(false);
        return new V1.NoticeReply { Changed = outcome.Changed, Sequence = outcome.Sequence };
    }
}

/// <summary>What workers report, on a Registry.</summary>
public sealed class NoticeStatusRpc(ICommandBus bus) : V1.NoticeStatus.NoticeStatusBase
{
    /// <inheritdoc/>
    public override Task<V1.NoticeReply> Confirm(V1.NoticeConfirmation request, ServerCallContext context)
    {
        var faults = new Faults();
        ServiceKey key = new(request.Namespace, request.Service);
        var valid = ValidRequest.Of<NoticeResult>(key, faults, (service, _) => new ConfirmNotice(service));
        return NoticesRpc.SendAsync(bus, valid, request, context, faults);
    }
}

/// <summary>
/// The service on a control plane: it answers what it overrides from its replica, and what it leaves alone goes on to a Registry.
/// </summary>
public sealed class NoticesFacade(NoticesReading reading, IMeshReplica replica) : V1.Notices.NoticesBase, IForwardsWrites
{
    /// <inheritdoc/>
    public override Task<V1.NoticeList> List(V1.ListNoticesRequest request, ServerCallContext context) =>
        Task.FromResult(replica.For(reading).List());

    /// <inheritdoc/>
    public override Task Watch(V1.ListNoticesRequest request, IServerStreamWriter<V1.NoticeList> responseStream,
        ServerCallContext context) =>
        replica.For(reading).WatchAsync(responseStream, context.CancellationToken);
}
