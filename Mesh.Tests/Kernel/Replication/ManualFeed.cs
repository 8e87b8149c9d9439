using System.Threading.Channels;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>A feed by hand, in Kafka's place.</summary>
internal sealed class ManualFeed : IReplicaFeed
{
    private readonly TaskCompletionSource<ChannelWriter<ReplicaMessage>> _inbox = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FeedStatus Status { get; } = new("kafka", FeedState.Live);

    public void Restart()
    {
    }

    public async Task RunAsync(ChannelWriter<ReplicaMessage> inbox, MeshReplica replica, CancellationToken cancellationToken)
    {
        _inbox.TrySetResult(inbox);
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async Task Deliver(params IEnumerable<LogEntry> entries) =>
        await (await _inbox.Task).WriteAsync(new ReplicaMessage.Entries("kafka", [.. entries]), TestContext.Current.CancellationToken);
}
