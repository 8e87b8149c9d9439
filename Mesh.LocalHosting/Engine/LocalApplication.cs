using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Mesh.LocalHosting.Output;
using Mesh.LocalHosting.Ports;
using Mesh.LocalHosting.Settings;
using Mesh.LocalHosting.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.LocalHosting.Engine;

/// <summary>One application from its start to its end: ports, trace intake, context file, children, and the word when all is ready.</summary>
internal sealed class LocalApplication(
    WebApplication host, IReadOnlyList<IResource> resources, EngineSettings settings, DistributedApplicationExecutionContext execution)
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HealthProbe _probe = new();
    private LocalEngine? _engine;
    private Task _announcing = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private Task? _stopped;

    public bool Failed => _engine?.Failed ?? false;

    public async Task Start(CancellationToken cancellationToken)
    {
        var time = host.Services.GetRequiredService<TimeProvider>();
        var began = time.GetTimestamp();
        PortAllocation.Allocate(resources, settings.PortOffset, settings.RandomPorts);
        Directory.CreateDirectory(settings.DataFolder);

        var sentElsewhere = host.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } endpoint ? endpoint : null;
        host.MapTraces(new TraceStore(), sentElsewhere);
        await host.StartAsync(cancellationToken);
        var address = host.Urls.First();
        if (settings.ContextFolder is { } folder)
            ContextFile.Write(folder, MeshContext.NameOf(settings.PortOffset), MeshContext.Of(resources, address, settings.DataFolder, settings.BinFolder));

        var console = host.Services.GetRequiredService<LogConsole>();
        console.Register(resources.Select(resource => resource.Name).Append(LogConsoleLoggerProvider.Name));
        var notifications = host.Services.GetRequiredService<ResourceNotificationService>();
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();
        var executables = new Executables(settings.Root, AppContext.BaseDirectory);
        var environment = new ChildEnvironment(settings.DataFolder, sentElsewhere is null ? $"{address}/v1/traces" : null, execution);
        _engine = new LocalEngine(
            [.. resources.Select(resource => new ResourceRunner(
                resource, executables, environment, notifications, _probe, console, time, loggers.CreateLogger<ResourceRunner>()))],
            host.Lifetime,
            loggers.CreateLogger<LocalEngine>());
        _engine.Start();
        if (settings.EndWithLauncher)
            _watching = LauncherWatch.Run(host.Lifetime.StopApplication, time, _stopping.Token);
        _announcing = Announce(notifications, console, () => time.GetElapsedTime(began));
    }

    public Task Stop(CancellationToken cancellationToken) => _stopped ??= StopOnce(cancellationToken);

    private async Task StopOnce(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _announcing;
        await _watching;
        if (_engine is not null)
            await _engine.Stop();
        _probe.Dispose();
        await host.StopAsync(cancellationToken);
    }

    private async Task Announce(ResourceNotificationService notifications, LogConsole console, Func<TimeSpan> took)
    {
        try
        {
            foreach (var resource in resources)
                await notifications.WaitForResourceHealthyAsync(resource.Name, _stopping.Token);
            console.WriteBlock(ReadyBanner.Of(resources, settings.DataFolder, settings.BinFolder, took()));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }
}
