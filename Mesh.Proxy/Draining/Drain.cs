using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Draining;

/// <summary>
/// Whether the process is shutting down, and how long that may take. A second SIGTERM (or Ctrl+C) after the first cuts everything off.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly DrainOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Drain> _logger;
    private volatile bool _isOn;

    public Drain(IHostApplicationLifetime lifetime, IOptions<DrainOptions> options, TimeProvider time, ILogger<Drain> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        lifetime.ApplicationStopping.Register(() => _isOn = true);
    }

    /// <summary>Whether it has begun.</summary>
    public bool IsOn => _isOn;

    /// <summary>
    /// Has a connection end with active work on it: the answer says <c>Connection: close</c>, or GOAWAY goes before it over HTTP/2.
    /// </summary>
    public static void LetGo(HttpContext context) => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    /// <summary>Listens for the signals that cut everything off.</summary>
    public void Watch()
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            var received = 0;
            _signals.Add(PosixSignalRegistration.Create(signal, _ =>
            {
                // The first is the host's own business, and may have been heard there before it is heard here.
                if (Interlocked.Increment(ref received) > 1 && IsOn)
                    _hurry.Cancel();
            }));
        }
    }

    /// <summary>Ends the server: after the delay it refuses new connections, and gives active requests until the limit.</summary>
    /// <param name="stop">Refuses new connections, and waits for the others to end until its token cuts them off.</param>
    /// <param name="cancellationToken">Cuts everything off.</param>
    public async Task EndAsync(Func<CancellationToken, Task> stop, CancellationToken cancellationToken)
    {
        _logger.Draining(_options.Delay, _options.Limit);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _hurry.Token);
        // Not thrown, since there is still something to be done.
        await Task.Delay(_options.Delay, _time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(_options.Limit, _time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, limit.Token);
        await stop(cut.Token);
        if (cut.IsCancellationRequested)
            _logger.CutOff();
        else
            _logger.Drained();
    }

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _hurry.Dispose();
    }
}
