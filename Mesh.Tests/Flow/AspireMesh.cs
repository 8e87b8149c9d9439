using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Mesh.Api.Client;
using Mesh.Contracts.Rest;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Flow;

/// <summary>
/// The whole mesh as AppHost describes it, by Aspire's testing API: each part a process that a test may kill and start again. Nothing else
/// starts one again, since a test that has killed a part wants it to stay away.
/// </summary>
public sealed class AspireMesh : IAsyncDisposable
{
    // Where Aspire keeps the id of a resource's process; the constant is internal.
    private const string PidProperty = "executable.pid";
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(3);
    private readonly DistributedApplication _app;
    private readonly TempFolder _folder;
    private readonly PartLogs _logs;
    private readonly IReadOnlyList<IResource> _parts;
    private TimeSpan _ready;

    private AspireMesh(DistributedApplication app, TempFolder folder, PartLogs logs, IEnumerable<IResource> parts) =>
        (_app, _folder, _logs, _parts) = (app, folder, logs, [.. parts]);

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The registry's operations.</summary>
    public MeshApiClient Api => field ??= new MeshApiClient(new Uri(Registry), Http);

    public string Registry => field ??= Of("registry");

    public string ControlPlane => field ??= Of("controlplane");

    public string Worker => field ??= Of("worker");

    public string Admin => field ??= Of("gateway", "admin");

    public string Gateway => field ??= Of("gateway");

    public ResourceNotificationService Notifications => _app.ResourceNotifications;

    /// <summary>Names of all resources, in AppHost's order.</summary>
    public IEnumerable<string> Parts => _parts.Select(part => part.Name);

    /// <summary>A mesh with further environment variables for every part.</summary>
    public static Task<AspireMesh> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync(builder => builder.WithSettings(settings));

    /// <summary>
    /// A mesh that a test changes before it is built, with data of its own, on ports that nobody else in this process gets.
    /// </summary>
    public static async Task<AspireMesh> StartAsync(Action<IDistributedApplicationTestingBuilder> configure, params string[] arguments)
    {
        var begun = Stopwatch.GetTimestamp();
        var folder = new TempFolder();
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(
            [.. arguments, $"--MESH_DATA_DIR={folder.Path}"], TestContext.Current.CancellationToken);
        configure(builder);
        // The orchestrator would choose without knowing what other tests have chosen: while a part is unavailable, one of them could take
        // its port.
        foreach (var endpoint in builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()))
        {
            if (!endpoint.IsProxied) endpoint.Port ??= FreePort.Next();
        }

        var logs = new PartLogs();
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        var mesh = new AspireMesh(await builder.BuildAsync(TestContext.Current.CancellationToken), folder, logs, builder.Resources);
        try
        {
            await Within("the mesh is ready", async cancellation =>
            {
                await mesh._app.StartAsync(cancellation);
                foreach (var part in mesh._parts.Where(part => !part.HasAnnotationOfType<ExplicitStartupAnnotation>()))
                    await mesh.Notifications.WaitForResourceHealthyAsync(part.Name, cancellation);
            });
            mesh._ready = Stopwatch.GetElapsedTime(begun);
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }

        return mesh;
    }

    /// <summary>SIGKILL. Returns when the process is gone.</summary>
    public Task Kill(string part) => Within($"{part} is killed", async cancellation =>
    {
        var running = await Notifications.WaitForResourceAsync(part, change => IsRunning(change.Snapshot), cancellation);
        using var process = Process.GetProcessById(PidOf(running.Snapshot)!.Value);
        process.Kill();
        await process.WaitForExitAsync(cancellation);
    });

    /// <summary>Starts a part that was killed, or that AppHost leaves to be started by hand, and waits until it is ready.</summary>
    public Task StartPart(string part) => Within($"{part} is ready", async cancellation =>
    {
        var away = await Notifications.WaitForResourceAsync(part, change => IsStartable(change.Snapshot), cancellation);
        var started = await _app.ResourceCommands.ExecuteCommandAsync(away.ResourceId, KnownResourceCommands.StartCommand, cancellation);
        Assert.True(started.Success, $"{part} cannot be started: {started.Message}");
        await Notifications.WaitForResourceAsync(part,
            change => IsRunning(change.Snapshot) && PidOf(change.Snapshot) != PidOf(away.Snapshot), cancellation);
        // What Aspire says of its health may still be of the process before.
        if (HasHealth(part))
            await Eventually.Succeeds(async () => (await Http.GetAsync($"{Of(part)}/health/ready", cancellation)).EnsureSuccessStatusCode(),
                StartTime, $"{part} is ready");
    });

    public async Task<WriteAnswer> Register(RegistrationRequest registration) =>
        (await Api.Discovery.RegisterAsync(registration, cancellationToken: TestContext.Current.CancellationToken)).Value;

    public async Task<JsonElement> Get(string url) => await Http.GetFromJsonAsync<JsonElement>(url, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        var begun = Stopwatch.GetTimestamp();
        await _app.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"The mesh was ready after {_ready.TotalSeconds:0.0} s and ended in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} "
                + $"s.\n{_logs}");
        _folder.Dispose();
    }

    private static async Task Within(string what, Func<CancellationToken, Task> wait)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(StartTime);
        try
        {
            await wait(limit.Token);
        }
        catch (OperationCanceledException late) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {StartTime.TotalSeconds:0} s: {what}", late);
        }
    }

    private static bool IsRunning(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.Running && PidOf(snapshot) is not null;

    private static bool IsStartable(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    private static int? PidOf(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == PidProperty)?.Value is { } pid
            ? Convert.ToInt32(pid, CultureInfo.InvariantCulture)
            : null;

    private bool HasHealth(string part) =>
        _parts.Single(one => one.Name == part).Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.Name == "http");

    private string Of(string resource, string endpoint = "http") => _app.GetEndpoint(resource, endpoint).ToString().TrimEnd('/');
}
