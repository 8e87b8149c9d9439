using Microsoft.Extensions.Configuration;

namespace Mesh.AppHost.Settings;

/// <summary>
/// What a mesh on one machine has and a deployment does not: ports of its own, a data folder, and settings for many small processes.
/// </summary>
internal sealed class LocalMachine
{
    private readonly IDistributedApplicationBuilder _builder;
    private readonly string? _telemetryGoesTo;

    public LocalMachine(IDistributedApplicationBuilder builder, AppHostOptions options)
    {
        (_builder, Options) = (builder, options);
        IsUsed = builder.ExecutionContext.IsRunMode;
        // Aspire's testing builder asks for free ports by this setting.
        IsTest = builder.Configuration["DcpPublisher:RandomizePorts"] is "true";
        Root = MeshFolders.Root(builder.AppHostDirectory);
        var configured = builder.Configuration["MESH_DATA_DIR"];
        DataFolder = IsUsed && IsTest && string.IsNullOrEmpty(configured)
            ? Directory.CreateTempSubdirectory("mesh-test-").FullName
            : MeshFolders.Data(Root, configured, options.PortOffset);
        _telemetryGoesTo = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        if (IsUsed)
            DashboardSettings.Apply(builder.Configuration, DashboardUrl);
    }

    public AppHostOptions Options { get; }

    /// <summary>Whether the mesh runs here; else it is published.</summary>
    public bool IsUsed { get; }

    /// <summary>Whether a test runs it: free ports, and nobody to talk to.</summary>
    public bool IsTest { get; }

    /// <summary>Whether Redis, Kafka and PostgreSQL are containers.</summary>
    public bool UsesContainers => !IsUsed || Options.Containers;

    /// <summary>
    /// Whether whoever deploys has a service of this name already: its connection string is set where the manifest is made.
    /// </summary>
    public bool IsNamed(string service) => !IsUsed && _builder.Configuration.GetConnectionString(service) is { Length: > 0 };

    /// <summary>
    /// What a resource's volume is called. Null: by AppHost's path, so that meshes in several folders of one machine share none.
    /// </summary>
    public string? Volume(string resource) => IsUsed ? null : $"cdaprod-mesh-{resource}";

    /// <summary>The repository's root.</summary>
    public string Root { get; }

    /// <summary>Absolute; every process gets the same.</summary>
    public string DataFolder { get; }

    /// <summary>Where the command line tools are.</summary>
    public string BinFolder => Path.Combine(Root, "bin");

    /// <summary>Where Aspire's dashboard is.</summary>
    public string DashboardUrl => $"http://127.0.0.1:{7499 + Options.PortOffset}";

    /// <summary>Whether somebody has set another place for telemetry than the dashboard.</summary>
    public bool SendsTelemetryElsewhere => _telemetryGoesTo is { Length: > 0 };

    /// <summary>A process that is alone behind its port needs nobody in between.</summary>
    public bool? Proxied => IsUsed ? false : null;

    /// <summary>Deployed, a port belongs to the platform; only on one machine is it worth a number of its own.</summary>
    public int? Pinned(int? port) => IsUsed && !IsTest ? port + Options.PortOffset : null;

    /// <summary>Gives a host the settings that it has on one machine.</summary>
    public void Configure(EnvironmentCallbackContext context)
    {
        var variables = context.EnvironmentVariables;
        variables["MESH_DATA_DIR"] = DataFolder;
        // Many small processes on one machine: a small heap counts for more than the last tenth of throughput.
        variables["DOTNET_gcServer"] = "0";
        variables["DOTNET_GCConserveMemory"] = "5";
        // 32 MB between two collections of the young instead of a few: most of what a write allocates is dead by then. A fifth less CPU a
        // write.
        variables["DOTNET_GCgen0size"] = "0x2000000";
        variables["DOTNET_TieredPGO"] = "0";
        // A thread that has nothing more to do sleeps at once. Spinning first costs an idle mesh a quarter of its CPU, and a busy one the
        // cores its neighbours need.
        variables["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        // What is still to be sent when the dashboard has ended is not worth the default of 10 s.
        variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000";
        // So that a trace can be looked at right after what it shows.
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "300";
        // Nobody stands before the gateway who would have to see first that it ends.
        variables["Mesh__Drain__Delay"] = "00:00:00";
        if (SendsTelemetryElsewhere)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = _telemetryGoesTo!;
            foreach (var name in new[] { "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS" })
                variables[name] = _builder.Configuration[name] ?? "";
        }
    }
}
