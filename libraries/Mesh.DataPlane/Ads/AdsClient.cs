using Grpc.Core;
using Mesh.Contracts.Waiting;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Loads;
using Mesh.Xds.Protos;
using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Ads;

/// <summary>
/// Keeps a data plane's configuration in step with the control plane, for as long as it runs. While no control plane answers, what was last
/// good stays in force; with <see cref="AdsOptions.LastGoodFile"/> even across a restart. Flow step 9.
/// </summary>
public sealed class AdsClient(AdsOptions options, TimeProvider time, ILogger<AdsClient> logger)
{
    // So often all control planes may send this client on for having seen more of their log than they have. A log recreated or restored has
    // another identity and is taken at once; one that was truncated under the same identity is known only by nobody having what was seen.
    private const int RoundsForNewer = 5;
    private static readonly TimeSpan Upkeep = TimeSpan.FromSeconds(1);
    private readonly LastGoodFile? _file = options.LastGoodFile is { Length: > 0 } path ? new LastGoodFile(path) : null;
    private CallInvoker? _controlPlane;
    // Cancelled to end the present stream, and then asked whether the next one has to bring everything. It needs no disposal: it has no
    // timer and no parent.
    private CancellationTokenSource _stream = new();
    private LoadReporter? _loads;
    private bool _missed;
    private AdsStatus _status = new(false, null, time.GetUtcNow(), null, 0, null);

    /// <summary>The configuration: what to route by now, and whether there is any yet.</summary>
    public ConfigState Config { get; } = new(options.Wildcard, options.WarmFor, time)
    {
        ReadyFromFileAfter = options.ReadyFromFileAfter,
        OwnZone = options.Zone,
        Declared = options.Upstreams,
        Secrets = options.Secrets,
    };

    /// <summary>Reports to the control plane what becomes of the requests.</summary>
    public LoadReporter Loads => _loads ??= new LoadReporter(options, Config, time, logger);

    /// <summary>The state of the connection to the control plane.</summary>
    public AdsStatus Status => Volatile.Read(ref _status);

    /// <summary>
    /// The connection that the configuration comes over, for whatever else is asked of that control plane; null while there is none.
    /// </summary>
    public CallInvoker? ControlPlane => Volatile.Read(ref _controlPlane);

    /// <summary>
    /// Begins a new stream on which the control plane sends every resource again, also those that have not changed. What was last good is
    /// served meanwhile.
    /// </summary>
    public void Reload() => Volatile.Read(ref _stream).Cancel();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LoadLastGood();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var channels = new ControlPlaneChannels(options);
        Task[] all = [StayConnectedAsync(channels, ending.Token), KeepUpAsync(ending.Token), Loads.RunAsync(ending.Token)];
        await Task.WhenAny(all).ConfigureAwait(false);
        // Each runs for ever; if one does not, something unforeseen ends all and is thrown here.
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(all).ConfigureAwait(false);
    }

    private async Task StayConnectedAsync(ControlPlaneChannels channels, CancellationToken cancellationToken)
    {
        var backoff = new BackoffState(new Backoff(options.BackoffBase, options.BackoffMax), Random.Shared);
        var failures = 0;
        var sentOn = 0;
        for (var turn = 0; !cancellationToken.IsCancellationRequested; turn++)
        {
            var address = options.ControlPlanes[turn % options.ControlPlanes.Count];
            var stream = new CancellationTokenSource();
            var reloads = Interlocked.Exchange(ref _stream, stream).IsCancellationRequested;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stream.Token);
            var session = Session(channels, address, sentOn < RoundsForNewer * options.ControlPlanes.Count ? Config.SystemVersion : "",
                reloads);
            var (status, reason, cause) = await EndOfAsync(session, ending.Token).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
                return;
            if (stream.IsCancellationRequested)
            {
                // Nobody's failure: the same control plane is asked again at once.
                logger.Reloads(address);
                turn--;
                continue;
            }

            Loads.ReportTo(null);
            if (channels.TryStopPings(address, reason, cause))
                logger.PingsEnd(address);

            if (session.Responses > 0)
                sentOn = 0;
            else if (status == StatusCode.FailedPrecondition)
                sentOn++;

            // One that answers and then breaks off, again and again, is no better than one that does not answer.
            if (session.Responses > 0 && time.GetUtcNow() - Status.Since > options.BackoffMax)
            {
                failures = 0;
                backoff.Reset();
            }

            Lost(address, reason);

            // Another control plane is worth trying at once; a round without success is not worth repeating at once.
            if (++failures % options.ControlPlanes.Count == 0)
                await PauseAsync(backoff.Next(), cancellationToken).ConfigureAwait(false);
        }
    }

    private AdsClientSession Session(ControlPlaneChannels channels, Uri address, string seen, bool reloads) =>
        new(channels.ClientOf(address), Config, options)
    {
        Seen = seen,
        Reloads = reloads,
        Opened = () =>
        {
            logger.Connected(address);
            var invoker = channels.InvokerOf(address);
            Volatile.Write(ref _controlPlane, invoker);
            Loads.ReportTo(new LoadReportingService.LoadReportingServiceClient(invoker));
            Set(s => s with { Connected = true, ControlPlane = address, Since = time.GetUtcNow(), LastFault = null });
        },
        Received = Received,
    };

    private static async Task<(StatusCode Status, string Reason, Exception? Cause)> EndOfAsync(AdsClientSession session,
        CancellationToken cancellationToken)
    {
        try
        {
            await session.RunAsync(cancellationToken).ConfigureAwait(false);
            return (StatusCode.OK, "the control plane ended the stream", null);
        }
        catch (RpcException e)
        {
            return (e.StatusCode, e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail, e.Status.DebugException);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (StatusCode.Cancelled, "cancelled", null);
        }
    }

    private void Received(DeltaDiscoveryResponse response, IReadOnlyList<string> faults)
    {
        Set(s => s with { LastResponse = time.GetUtcNow() });
        if (faults.Count == 0)
            return;

        var all = string.Join("; ", faults);
        logger.Refused(response.TypeUrl, response.Nonce, all);
        Set(s => s with { Nacks = s.Nacks + 1, LastFault = all });
    }

    private void Lost(Uri address, string reason)
    {
        Volatile.Write(ref _controlPlane, null);
        // Proxies in between end streams every few minutes, which is nothing to warn of. That no control plane answers is, once for each
        // time they go away.
        if (Status.Connected)
            logger.Ended(address, reason);
        else if (!_missed)
            logger.Disconnected(address, reason);
        _missed = !Status.Connected;
        Set(s => s with
        {
            Connected = false,
            ControlPlane = address,
            Since = s.Connected ? time.GetUtcNow() : s.Since,
            LastFault = reason,
        });
    }

    private void Set(Func<AdsStatus, AdsStatus> change) => Volatile.Write(ref _status, change(_status));

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        var saved = Config.Revision;
        using var timer = new PeriodicTimer(Upkeep, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                Config.Tick();
                saved = Save(saved);
            }
        }
        catch (OperationCanceledException)
        {
            Save(saved);
        }
    }

    private long Save(long saved)
    {
        var revision = Config.Revision;
        if (_file is null || revision == saved)
            return revision;

        try
        {
            _file.Save(Config.Export());
            return revision;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Serving goes on; the next round tries again.
            logger.SaveFailed(_file.Path, e.Message);
            return saved;
        }
    }

    private void LoadLastGood()
    {
        if (_file is null)
            return;

        try
        {
            if (_file.Load() is not { } responses)
                return;
            Config.Restore(responses, options.Wildcard || options.OnDemand ? null : options.Upstreams);
            logger.Loaded(_file.Path, Config.Snapshot.Listeners.Count, Config.Snapshot.Clusters.Count);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            logger.LoadFailed(_file.Path, e.Message);
        }
    }
}
