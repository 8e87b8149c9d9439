using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Leases;

/// <summary>A Registry's sign of life to those who expire leases (Flow step 8): one tick a second.</summary>
public sealed partial class LeaseTicker(ILeaseStore leases, IStateSource states, IOptions<LeaseOptions> options, TimeProvider time,
    ILogger<LeaseTicker> logger) : BackgroundService
{
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.TickInterval, time);
        string? lastFault = null;
        try
        {
            // Ticks stand under the log's name, which is not known before.
            await states.LogIsOpenAsync(stoppingToken).ConfigureAwait(false);
            do
            {
                var tick = await leases.TickAsync(stoppingToken).ConfigureAwait(false);
                if (!tick.Recorded && tick.Fault != lastFault) Unrecorded(tick.Fault!);
                if (tick.Recorded && lastFault is not null) Back();
                if (tick is { Recorded: true, Fault: { } fault }) Granted(fault, tick.Granted);
                lastFault = tick.Recorded ? null : tick.Fault;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LeaveWithin);
        try
        {
            if (states.Current.Position.Log != default) await leases.LeaveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The others wait for it as for one that was killed.
        }
    }
}
