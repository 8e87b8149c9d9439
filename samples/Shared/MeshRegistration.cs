using System.Diagnostics;
using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Mesh.Contracts.Rest;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Samples;

/// <summary>What a service says of itself.</summary>
internal sealed record MeshRegistrationOptions
{
    public required string Name { get; init; }

    public required string InstanceId { get; init; }

    /// <summary><c>http</c> or <c>grpc</c>.</summary>
    public required string Protocol { get; init; }

    public string? Version { get; init; }

    public int Weight { get; init; } = 100;
}

internal static class MeshRegistrationServices
{
    public static void AddMeshRegistration(this IServiceCollection services, MeshRegistrationOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<MeshRegistration>();
        services.AddHostedService(provider => provider.GetRequiredService<MeshRegistration>());
        services.AddHealthChecks().AddCheck<MeshRegistration>("registered");
    }
}

/// <summary>
/// Registers this process at the registry once it listens, renews its lease, and takes itself out when it ends: four calls over plain REST,
/// all that a service in any language has to do.
/// </summary>
internal sealed partial class MeshRegistration(
    MeshRegistrationOptions options, IConfiguration configuration, IServer server, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<MeshRegistration> logger)
    : BackgroundService, IHealthCheck
{
    private const int TtlSeconds = 15;
    private static readonly ActivitySource Traces = new("Cdaprod.Mesh.Samples");
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(TtlSeconds / 3.0), Retry = TimeSpan.FromSeconds(1);

    // One attempt for each call: what has failed is tried again by the loop below, which knows more.
    private readonly MeshApiClient _registry = new(
        new Uri(configuration["services:registry:http:0"] ?? "http://127.0.0.1:7400"),
        new MeshApiOptions { AttemptTimeout = TimeSpan.FromSeconds(5), Patience = TimeSpan.Zero });

    private long? _incarnation;
    private string? _lastFault;
    private bool _wasPassing;

    /// <summary>Ready means: registered, and found healthy by the mesh at least once.</summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_incarnation is null)
            return HealthCheckResult.Unhealthy("not registered yet");
        _wasPassing = _wasPassing || await IsPassingAsync(cancellationToken);
        return _wasPassing ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("registered, not yet found healthy");
    }

    public override void Dispose()
    {
        _registry.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_incarnation is null)
            return;
        try
        {
            await _registry.Discovery.DeregisterAsync(
                options.Name, instanceId: options.InstanceId, incarnation: _incarnation, cancellationToken: cancellationToken);
            LogDeregistered(options.InstanceId);
        }
        catch (Exception failed) when (failed is MeshApiException or OperationCanceledException)
        {
            LogNotDeregistered(options.InstanceId, failed.Message, TtlSeconds);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource();
        using var started = lifetime.ApplicationStarted.Register(() => listening.TrySetResult());
        await listening.Task.WaitAsync(stoppingToken);
        var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        while (true)
        {
            try
            {
                if (_incarnation is null)
                    await RegisterAsync(address, stoppingToken);
                else
                    await RenewAsync(stoppingToken);
            }
            catch (MeshApiException failed)
            {
                Report(failed.Message);
            }

            await Task.Delay(_incarnation is null ? Retry : Renewal, time, stoppingToken);
        }
    }

    private async Task RegisterAsync(string address, CancellationToken cancellationToken)
    {
        // A registration is worth a trace; the heartbeats after it are not, and calls that nobody begins a trace for make none.
        using var trace = Traces.StartActivity("register");
        var isGrpc = options.Protocol == "grpc";
        var registration = new RegistrationRequest
        {
            Name = options.Name,
            InstanceId = options.InstanceId,
            Url = isGrpc ? address.Replace("http://", "grpc://", StringComparison.Ordinal) : address,
            Protocol = options.Protocol,
            Version = options.Version,
            Weight = options.Weight,
            TtlSeconds = TtlSeconds,
            HealthCheck = new HealthCheckRequest
            {
                Kind = isGrpc ? "grpc" : "http", Path = isGrpc ? null : "/health/live", Interval = "2s", Timeout = "2s", Rise = 1,
            },
        };
        var answer = await _registry.Discovery.RegisterAsync(registration, cancellationToken: cancellationToken);
        _incarnation = answer.Value.Incarnation ?? 0;
        _lastFault = null;
        LogRegistered(options.InstanceId, options.Name, address);
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var beat = new HeartbeatRequest { Name = options.Name, InstanceId = options.InstanceId, Incarnation = _incarnation };
            await _registry.Discovery.HeartbeatAsync(beat, cancellationToken);
        }
        catch (MeshRefusedException gone) when (gone is MeshNotFoundException or MeshConflictException)
        {
            // Deregistered by somebody, or replaced by a newer life of this instance: the registration begins again.
            _incarnation = null;
        }
    }

    private async Task<bool> IsPassingAsync(CancellationToken cancellationToken)
    {
        var service = await _registry.Discovery.GetAsync(options.Name, cancellationToken: cancellationToken);
        return service.Value.Instances.Any(instance => instance.Id == options.InstanceId && instance.Health == "passing");
    }

    // Once for each reason, not once a second.
    private void Report(string fault)
    {
        if (fault != _lastFault)
            LogFailed(options.InstanceId, fault);
        _lastFault = fault;
    }

    [LoggerMessage(1590, LogLevel.Information, "Registered {Instance} of {Service} at {Address}")]
    private partial void LogRegistered(string instance, string service, string address);

    [LoggerMessage(1591, LogLevel.Warning, "The registry did not accept {Instance}: {Reason}")]
    private partial void LogFailed(string instance, string reason);

    [LoggerMessage(1592, LogLevel.Information, "Deregistered {Instance}")]
    private partial void LogDeregistered(string instance);

    [LoggerMessage(1593, LogLevel.Warning, "{Instance} could not be deregistered ({Reason}); its lease ends it within {Seconds} s")]
    private partial void LogNotDeregistered(string instance, string reason, int seconds);
}
