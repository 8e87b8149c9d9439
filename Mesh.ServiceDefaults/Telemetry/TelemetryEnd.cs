using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what is left when the host has stopped, all signals at once, and gives a collector that does not answer its time
/// (<c>OTEL_EXPORTER_OTLP_TIMEOUT</c>) once. Left to the container, they end one after another: 3.2 s with a timeout of 1 s, measured,
/// where the dashboard ends with the host.
/// </summary>
internal sealed class TelemetryEnd(OtlpTimeouts timeouts, MeterProvider metrics, TracerProvider? traces = null, LoggerProvider? logs = null)
    : IHostedLifecycleService
{
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.WhenAll(
        EndAsync(() => metrics.Shutdown(timeouts.Metrics)), EndAsync(() => traces?.Shutdown(timeouts.Traces)),
        EndAsync(() => logs?.Shutdown(timeouts.Logs)));

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // On threads of their own: they block, and the exports that they wait for need the pool, which on two processors would take a second to
    // grow.
    private static Task EndAsync(Action shutdown) =>
        Task.Factory.StartNew(shutdown, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

/// <summary>How long the last export of each signal may take, in milliseconds.</summary>
internal sealed record OtlpTimeouts(int Metrics, int Traces, int Logs);
