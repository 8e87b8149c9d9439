using Mesh.Contracts.Waiting;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Ends all ADS streams before the server begins to close connections, so that each client reads UNAVAILABLE and goes to another control
/// plane at once. A connection closed under a stream would reach it as INTERNAL instead, or not before a timeout.
/// </summary>
internal sealed class AdsDrain(IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // A completed response still stands in the server's output queue, and nothing tells when it has left: a server that begins to stop
    // right then drops it.
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly Signal _empty = new();
    private int _open;
    private bool _used;

    /// <summary>Ends when the host stops.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Counts a stream until its response has been written to the end.</summary>
    public void Enter(HttpContext stream)
    {
        lock (_lock)
        {
            _used = true;
            _open++;
        }

        stream.Response.OnCompleted(LeaveAsync);
    }

    /// <summary>Runs before any part of the host is stopped, the server included.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        Task empty;
        bool used;
        lock (_lock) (empty, used) = (_open == 0 ? Task.CompletedTask : _empty.Next, _used);
        await Task.WhenAny(empty, Task.Delay(Patience, time, cancellationToken));
        if (used) await Task.Delay(Flush, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task LeaveAsync()
    {
        lock (_lock)
        {
            if (--_open == 0) _empty.Set();
        }

        return Task.CompletedTask;
    }
}
