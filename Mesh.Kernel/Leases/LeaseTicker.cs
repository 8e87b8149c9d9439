using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Leases;

/// <summary>A Registry's sign of life to those who expire leases (Flow step 8): one tick a second.</summary>
public sealed partial class LeaseTicker(ILeaseStore leases, IOptions<LeaseOptions> options, TimeProvider time, ILogger<LeaseTicker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.TickInterval, time);
        string? said = null;
        try
        {
            do
            {
                var tick = await leases.TickAsync(stoppingToken).ConfigureAwait(false);
                if (tick is { Recorded: true, Fault: { } fault }) Granted(fault, tick.Granted);
                else if (!tick.Recorded && tick.Fault != said) Unrecorded(tick.Fault!);
                else if (tick.Recorded && said is not null) Back();
                said = tick.Recorded ? null : tick.Fault;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
