using Grpc.Core;
using Mesh.Contracts.Waiting;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Configuration;
using Microsoft.Extensions.Logging;
using Client = Mesh.Xds.Protos.LoadReportingService.LoadReportingServiceClient;

namespace Mesh.DataPlane.Loads;

/// <summary>
/// Reports what became of requests to the control plane that the configuration comes from, over the same connection, as often as it asks
/// (<c>envoy.service.load_stats.v3</c>). What cannot be reported is part of a later report, though not for ever: it would count for another
/// time then. Flow step 9.
/// </summary>
public sealed class LoadReporter(AdsOptions options, ConfigState config, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private (Client? Client, CancellationTokenSource Changed) _to = (null, new());
    private long _sent = time.GetTimestamp();
    private bool _said;
    private long _dropped;

    /// <summary>How many requests' results no control plane has taken in time, since the process began.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Reports go to another control plane from now on, or to none.</summary>
    internal void ReportTo(Client? client)
    {
        CancellationTokenSource before;
        lock (_lock)
        {
            if (client is null && _to.Client is null)
                return;
            before = _to.Changed;
            _to = (client, new());
        }

        before.Cancel();
    }

    /// <summary>Runs until it is cancelled, and reports once more then.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new BackoffState(new Backoff(options.BackoffBase, options.BackoffMax), Random.Shared);
        while (!cancellationToken.IsCancellationRequested)
        {
            Client? client;
            CancellationToken changed;
            lock (_lock)
                (client, changed) = (_to.Client, _to.Changed.Token);
            var reason = client is null ? null : await SessionAsync(client, backoff, changed, cancellationToken).ConfigureAwait(false);
            if (reason is not null && !changed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                Say(reason);
            Forget();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(changed, cancellationToken);
            await PauseAsync(client is null ? options.BackoffMax : backoff.Next(), either.Token).ConfigureAwait(false);
        }
    }

    private async Task<string> SessionAsync(Client client, BackoffState backoff, CancellationToken changed, CancellationToken stopping)
    {
        var session = new LoadReportSession(client, options, config, time)
        {
            Since = _sent,
            Asked = interval =>
            {
                backoff.Reset();
                if (_said)
                    logger.Taken(interval.TotalMilliseconds);
                _said = false;
            },
        };
        try
        {
            await session.RunAsync(changed, stopping).ConfigureAwait(false);
            return "it ended the stream";
        }
        catch (RpcException e)
        {
            return e.Status.DebugException?.GetBaseException().Message ?? $"{e.StatusCode}: {e.Status.Detail}";
        }
        finally
        {
            _sent = session.Since;
        }
    }

    private void Say(string reason)
    {
        if (!_said)
            logger.NotTaken(reason, options.KeepLoadsFor.TotalSeconds);
        _said = true;
    }

    private void Forget()
    {
        if (time.GetElapsedTime(_sent) <= options.KeepLoadsFor)
            return;
        var report = LoadReport.Of(config.Loads, static _ => true, _sent, time);
        report.Sent();
        _sent = time.GetTimestamp();
        if (report.Finished == 0)
            return;
        Interlocked.Add(ref _dropped, report.Finished);
        logger.Dropped(options.KeepLoadsFor.TotalSeconds, report.Finished);
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // There is another control plane, or the end has come.
        }
    }
}
