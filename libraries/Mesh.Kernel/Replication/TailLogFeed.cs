using System.Threading.Channels;

namespace Mesh.Kernel.Replication;

/// <summary>The feed from a Registry's <c>TailLog</c> stream: always from the replica's own position, so it needs no gap fill.</summary>
internal sealed class TailLogFeed(ILogClient client, TimeProvider time) : IReplicaFeed
{
    public const string Name = "taillog";
    private readonly Lock _lock = new();
    private CancellationTokenSource _restart = new();
    private volatile FeedStatus _status = new(Name, FeedState.Connecting);

    public FeedStatus Status => _status;

    public void Restart()
    {
        CancellationTokenSource old;
        lock (_lock) (old, _restart) = (_restart, new CancellationTokenSource());
        old.Cancel();
    }

    public async Task RunAsync(ChannelWriter<ReplicaMessage> inbox, MeshReplica replica, CancellationToken cancellationToken)
    {
        await replica.WaitForStateAsync(cancellationToken).ConfigureAwait(false);
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            CancellationToken restart;
            lock (_lock) restart = _restart.Token;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, restart);
            try
            {
                await foreach (var page in client.TailAsync(replica.Current.Position, either.Token).ConfigureAwait(false))
                {
                    if (_status.State != FeedState.Live) _status = new(Name, FeedState.Live, client.Description);
                    failures = 0;
                    await inbox.WriteAsync(new ReplicaMessage.Entries(Name, page.Entries, page.Head), either.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (restart.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // From the new state, at once.
                continue;
            }
            catch (LogUnavailableException exception)
            {
                _status = new(Name, FeedState.Connecting, exception.Message);
            }
            catch (AnotherLogException exception)
            {
                _status = new(Name, FeedState.Connecting, exception.Message);
                await inbox.WriteAsync(new ReplicaMessage.Mismatch(exception.Message), cancellationToken).ConfigureAwait(false);
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, restart);
            await Task.Delay(ReplicaFetches.Pauses.After(++failures, Random.Shared), time,
                pause.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
