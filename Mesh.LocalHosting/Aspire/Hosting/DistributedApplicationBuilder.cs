using System.Net;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Mesh.LocalHosting.Engine;
using Mesh.LocalHosting.Output;
using Mesh.LocalHosting.Settings;
using Mesh.ServiceDefaults.Guarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Collects the resources; its own host is a small web application that takes the children's traces.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly WebApplicationBuilder _host;
    private readonly EngineSettings _settings;
    private readonly EntryPointGate? _gate = EntryPointGate.Current;

    public DistributedApplicationBuilder(LocalOptions options, Assembly? appHost)
    {
        AppHostAssembly = appHost;
        AppHostDirectory = Path.GetDirectoryName(appHost?.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;
        // Empty: variables like ASPNETCORE_URLS are meant for the children, not for the host in here.
        _host = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Mesh.AppHost", ContentRootPath = AppHostDirectory });
        _host.Configuration.AddEnvironmentVariables();
        _host.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Guard(IPAddress.Loopback, ListenerUse.Interface)));
        _host.Services.AddWebPageGuard(_host.Configuration);
        var console = _gate is null ? LogConsole.ForTerminal() : new LogConsole(TextWriter.Null, colours: false);
        _host.Services.AddRoutingCore();
        _host.Services.AddSingleton(TimeProvider.System);
        _host.Services.AddSingleton(console);
        _host.Services.AddSingleton<ResourceNotificationService>();
        _host.Logging.AddProvider(new LogConsoleLoggerProvider(console, TimeProvider.System)).AddFilter("Microsoft", LogLevel.Error);

        var root = MeshFolders.Root(AppHostDirectory);
        _settings = new EngineSettings
        {
            Root = root,
            DataFolder = _gate?.DataFolder ?? MeshFolders.Data(root, _host.Configuration["MESH_DATA_DIR"], options.PortOffset),
            PortOffset = options.PortOffset,
            RandomPorts = _gate is not null,
            EndWithLauncher = _gate is null,
            ContextFolder = _gate is null ? ContextFile.DefaultFolder() : null,
        };
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _gate?.WaitForTest(this);
        var app = new DistributedApplication(_host.Build(), [.. Resources], _settings, ExecutionContext, _gate);
        _gate?.Built(app);
        return app;
    }

}
