using Mesh.Api.Client;
using Mesh.Identity;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.AspNetCore;

/// <summary>
/// This program's identity within the mesh: joins when the host starts, and renews while it runs. Unless set otherwise the host starts
/// when there is a certificate, so that nothing is served without one.
/// </summary>
internal sealed class MeshIdentity : IHostedLifecycleService, IMeshIdentity, IDisposable
{
    private readonly MeshApiClient _api;
    private readonly SvidAgent _agent;
    private readonly ILogger<MeshIdentity> _logger;
    private readonly bool _requiredAtStart;
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;
    private readonly TimeProvider _time;
    private TlsIdentity? _tls;

    public MeshIdentity(IOptions<MeshIdentityOptions> options, TimeProvider time, ILogger<MeshIdentity> logger)
    {
        var settings = options.Value;
        (_logger, _time, _requiredAtStart) = (logger, time, settings.RequiredAtStart);
        _api = new MeshApiClient(settings.Registry ?? RegistryOfEnvironment(), new MeshApiOptions { Time = time });
        _agent = new SvidAgent(new SvidFolder(settings.Folder), _api.Certificates, new SvidAgentOptions
        {
            JoinToken = cancellation => TokenAsync(settings.JoinTokenFile, cancellation),
            Expected = $"{settings.Namespace}/{settings.Service}",
            Time = time,
        }, Tell);
    }

    /// <inheritdoc/>
    public WorkloadIdentity? Current => _agent.Current;

    /// <inheritdoc/>
    public TlsIdentity? Tls
    {
        get
        {
            if (_agent.Current is not { } current) return null;
            var tls = Volatile.Read(ref _tls);
            if (tls?.Identity == current) return tls;
            // Handshakes that go on keep the former one: it is left to the collector.
            tls = new TlsIdentity(current, _time);
            Volatile.Write(ref _tls, tls);
            return tls;
        }
    }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // Nothing that is served by a certificate has to wait where there is one.
        await _agent.LoadAsync(cancellationToken).ConfigureAwait(false);
        _running = _agent.RunAsync(_end.Token);
        while (_requiredAtStart)
        {
            var changed = _agent.Changed;
            if (_agent.Current is { } current && current.Svid.NotAfter > _time.GetUtcNow()) return;
            await Task.WhenAny(changed, _running).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_running.IsCompleted) await _running.ConfigureAwait(false);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _end.Dispose();
        _api.Dispose();
    }

    private static Uri RegistryOfEnvironment() =>
        new(Environment.GetEnvironmentVariable("MESH_REGISTRY") is { Length: > 0 } set ? set : "http://127.0.0.1:7400");

    private static async Task<string?> TokenAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is not null && !File.Exists(file)) return null;
        var token = file is null
            ? Environment.GetEnvironmentVariable("MESH_JOIN_TOKEN")
            : await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        return string.IsNullOrWhiteSpace(token) ? null : token.Trim();
    }

    private void Tell(SvidEvent what)
    {
        if (what is SvidEvent.Issued { Svid: var svid }) _logger.Issued(svid.SpiffeId, svid.NotAfter);
        else if (what is SvidEvent.Found { Svid: var found }) _logger.Issued(found.SpiffeId, found.NotAfter);
        else if (what is SvidEvent.Failed failed) _logger.Failed(failed.Reason, failed.Pause.TotalSeconds);
    }
}

/// <summary>This program's identity within the mesh.</summary>
public interface IMeshIdentity
{
    /// <summary>
    /// What there is now; null before the first certificate, so never while the host serves unless it was told not to wait for one. It may
    /// have expired.
    /// </summary>
    WorkloadIdentity? Current { get; }

    /// <summary>The same, as servers and clients of TLS use it: one object for each certificate.</summary>
    TlsIdentity? Tls { get; }
}
