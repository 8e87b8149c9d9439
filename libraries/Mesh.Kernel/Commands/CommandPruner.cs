using Mesh.Kernel.Log;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Commands;

/// <summary>
/// Forgets the outcomes kept under Idempotency-Keys once they are older than <see cref="KernelOptions.CommandRetention"/>.
/// </summary>
internal sealed class CommandPruner(ILogStore store, CommandWriter writer, TimeProvider time, IOptions<KernelOptions> options,
    ILogger<CommandPruner> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!writer.Ready) continue;
            try
            {
                var forgotten = await store.PruneCommandsAsync(time.GetUtcNow() - options.Value.CommandRetention,
                    stoppingToken).ConfigureAwait(false);
                if (forgotten > 0) WriterLog.Pruned(logger, forgotten);
            }
            catch (LogStoreException exception)
            {
                WriterLog.PruneFailed(logger, exception);
            }
        }
    }
}
