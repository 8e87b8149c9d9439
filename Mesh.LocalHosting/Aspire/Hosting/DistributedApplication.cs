using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Mesh.LocalHosting.Engine;
using Mesh.LocalHosting.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>An application of several processes. This one runs them on this machine; Aspire's own type has the same members.</summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly LocalApplication _application;
    private readonly EntryPointGate? _gate;

    internal DistributedApplication(
        WebApplication host, IReadOnlyList<IResource> resources, EngineSettings settings, DistributedApplicationExecutionContext execution, EntryPointGate? gate)
    {
        _host = host;
        _gate = gate;
        Resources = resources;
        _application = new LocalApplication(host, resources, settings, execution);
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    internal IReadOnlyList<IResource> Resources { get; }

    /// <summary>Reads the command line; wrong arguments end the process with usage on standard error and exit code 2.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        var options = LocalOptions.Parse(args);
        if (options.Faults.Count > 0 && EntryPointGate.Current is not null)
            throw new DistributedApplicationException(string.Join(' ', options.Faults));
        if (options.Faults.Count > 0)
        {
            Console.Error.WriteLine($"{string.Join('\n', options.Faults)}\n\n{LocalOptions.Usage}");
            Environment.Exit(2);
        }

        if (options.Help)
        {
            Console.WriteLine(LocalOptions.Usage);
            Environment.Exit(0);
        }

        return new DistributedApplicationBuilder(options, EntryPointGate.Current?.AppHost ?? Assembly.GetEntryAssembly());
    }

    /// <summary>Starts everything; does not wait until it is healthy.</summary>
    /// <exception cref="DistributedApplicationException">A port is taken, or something is not built.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _application.Start(cancellationToken);

    /// <summary>Ends everything, users before what they use.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _application.Stop(cancellationToken);

    /// <summary>Starts everything and returns when it has ended (Ctrl+C, SIGTERM). What is wrong goes to standard error, with exit code 1.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_gate is not null)
        {
            await _gate.Ended;
            return;
        }

        try
        {
            await StartAsync(cancellationToken);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
        catch (DistributedApplicationException fault)
        {
            Console.Error.WriteLine(fault.Message);
            Environment.ExitCode = 1;
        }

        await StopAsync(CancellationToken.None);
        if (_application.Failed)
            Environment.ExitCode = 1;
        await DisposeAsync();
    }

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await _application.Stop(CancellationToken.None);
        await _host.DisposeAsync();
        _gate?.End();
    }
}
