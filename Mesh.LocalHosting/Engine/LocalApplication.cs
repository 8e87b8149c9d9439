using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Mesh.LocalHosting.Output;
using Mesh.LocalHosting.Ports;
using Mesh.LocalHosting.Settings;
using Mesh.LocalHosting.Traces;
using Mesh.ServiceDefaults.Connections;
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
    private ContextFile? _context;
    private Task _announcing = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private Task? _stopped;

    public bool Failed => _engine?.Failed ?? false;

    public async Task Start(CancellationToken cancellationToken)
    {
        var time = host.Services.GetRequiredService<TimeProvider>();
        var began = time.GetTimestamp();
        PortAllocation.Allocate(resources, settings.PortOffset, settings.RandomPorts);
        MakeDataFolder(settings.DataFolder);

        var sentElsewhere = ChildEnvironment.TracesGoElsewhere(host.Configuration);
        host.MapTraces(new TraceStore(), sentElsewhere);
        await host.StartAsync(cancellationToken);
        var address = host.Urls.First();
        var console = host.Services.GetRequiredService<LogConsole>();
        console.Register(resources.Select(resource => resource.Name).Append(LogConsoleLoggerProvider.Name));
        var notifications = host.Services.GetRequiredService<ResourceNotificationService>();
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();
        if (settings.ContextFolder is { } folder)
            _context = WriteContext(new ContextFile(folder, MeshContext.NameOf(settings.PortOffset)), address, loggers.CreateLogger<LocalApplication>());
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
        // Before the ports are free again: whoever takes them next writes a context of the same name.
        RemoveContext();
        await _stopping.CancelAsync();
        await _announcing;
        await _watching;
        if (_engine is not null)
            await _engine.Stop();
        _probe.Dispose();
        await host.StopAsync(cancellationToken);
    }

    /// <exception cref="DistributedApplicationException">It cannot be made.</exception>
    private static void MakeDataFolder(string folder)
    {
        try
        {
            MeshData.CreateFolder(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"The data folder {folder} cannot be made: {refused.Message} Choose another one with MESH_DATA_DIR.");
        }
    }

    private ContextFile? WriteContext(ContextFile file, string address, ILogger logger)
    {
        var context = MeshContext.Of(resources, address, settings.DataFolder, settings.BinFolder);
        try
        {
            file.Write(context);
            return file;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            logger.NoContext(file.FilePath, (string?)context["registry"], refused.Message);
            return null;
        }
    }

    private void RemoveContext()
    {
        try
        {
            _context?.Remove();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            host.Services.GetRequiredService<ILogger<LocalApplication>>().ContextLeft(_context!.FilePath, refused.Message);
        }
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
