using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Mesh.AppHost.Resources;
using Mesh.AppHost.Running;
using Mesh.AppHost.Settings;

namespace Mesh.Tests.AppHost;

/// <summary>What AppHost adds to Aspire, rule by rule.</summary>
public sealed class RunningRulesTests
{
    [Fact]
    public void A_process_that_keeps_ending_waits_longer_and_longer_and_a_healthy_minute_is_forgiven()
    {
        var backoff = new RestartDelay();
        double[] waits = [.. Enumerable.Range(0, 7).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds)];
        Assert.Equal([0.5, 1, 2, 4, 8, 15, 15], waits);
        Assert.Equal(0.5, backoff.Next(TimeSpan.FromMinutes(2)).TotalSeconds);
    }

    [Fact]
    public void Users_end_before_what_they_use()
    {
        var (redis, registry, gateway) = (new ExecutableResource("redis", "x", "/"), new ProjectResource("registry"),
            new ProjectResource("gateway"));
        registry.Annotations.Add(new WaitAnnotation(redis, WaitType.WaitUntilHealthy));
        gateway.Annotations.Add(new WaitAnnotation(registry, WaitType.WaitUntilHealthy));
        Assert.Equal(["gateway", "registry", "redis"],
            StopOrder.Groups([redis, registry, gateway]).Select(group => Assert.Single(group).Name));
    }

    [Fact]
    public void A_taken_port_is_named_with_its_holder_and_a_way_out()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        var registry = new ProjectResource("registry");
        registry.Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, name: "http", port: port));
        using var folder = new Support.TempFolder();
        var fault = StartChecks.FaultOf(Local($"--MESH_DATA_DIR={folder.Path}"), [registry]);
        Assert.Contains($"{port} (registry)", fault);
        Assert.Contains("--port-offset 1000", fault);
        if (OperatingSystem.IsLinux())
            Assert.Contains($"(pid {Environment.ProcessId})", fault);
    }

    [Fact]
    public async Task A_holder_that_opens_and_closes_files_all_the_time_is_found()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks into /proc");
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var stop = false;
        var busy = Task.Run(() =>
        {
            while (!Volatile.Read(ref stop)) File.OpenRead("/dev/null").Dispose();
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 20; i++)
            Assert.EndsWith($"(pid {Environment.ProcessId})", PortHolder.Of(((IPEndPoint)holder.LocalEndpoint).Port));
        Volatile.Write(ref stop, true);
        await busy;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://collector:4317", "--OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    public void Telemetry_goes_where_somebody_has_said(string? elsewhere, params string[] arguments)
    {
        var local = Local(arguments);
        var context = new EnvironmentCallbackContext(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run),
            new ProjectResource("registry"), [], default);
        local.Configure(context);
        Assert.Equal(elsewhere, context.EnvironmentVariables.GetValueOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT"));
        Assert.Equal(local.DataFolder, context.EnvironmentVariables["MESH_DATA_DIR"]);
    }

    [Theory]
    [InlineData("2026-11-30T23:43:48.4200000Z 23:43:48.420 info Relay[2101] all is well", false, null)]
    [InlineData("2026-11-30T23:43:48.4200000Z 23:43:48.420 warn Relay[2101] Kafka is unavailable", false, null)]
    [InlineData("2026-11-30T23:43:48.4200000Z 23:43:48.420 fail Relay[2101] it broke", false, "23:43:48.420 fail Relay[2101] it broke")]
    [InlineData("2026-11-30T23:43:48.4200000Z 23:43:48.420 crit Host[1] it broke", false, "23:43:48.420 crit Host[1] it broke")]
    [InlineData("2026-11-30T23:43:48.4200000Z Unhandled exception.", true, "Unhandled exception.")]
    [InlineData("2026-11-30T23:43:48.4200000Z    at Mesh.Registry.Program.Main()", true, null)]
    public void Errors_of_processes_are_shown_without_the_orchestrators_time(string line, bool isError, string? shown) =>
        Assert.Equal(shown, ErrorLines.Shown(new LogLine(1, line, isError)));

    [Fact]
    public async Task Each_application_makes_a_password_for_its_embedded_redis_that_no_argument_shows()
    {
        var (one, other) = (Redis(), Redis());
        var password = await one.Password!.GetValueAsync(TestContext.Current.CancellationToken);
        Assert.True(one.Password.Secret);
        Assert.NotEqual(password, await other.Password!.GetValueAsync(TestContext.Current.CancellationToken));
        Assert.Contains(",password={redis-password.value}", one.ConnectionStringExpression.ValueExpression);
        var arguments = new CommandLineArgsCallbackContext([]);
        foreach (var callback in one.Annotations.OfType<CommandLineArgsCallbackAnnotation>()) await callback.Callback(arguments);
        Assert.DoesNotContain(arguments.Args, argument => argument is ParameterResource);

        static EmbeddedServerResource Redis() =>
            DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true })
                .AddEmbeddedRedis("redis").Resource;
    }

    [Fact]
    public void A_newcomer_registers_a_service_of_their_own_and_nothing_of_the_mesh()
    {
        ContainerResource[] hosts = [new("registry"), new("gateway")];
        foreach (var (host, port) in hosts.Zip([7400, 7480]))
        {
            var endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: "http", uriScheme: "http");
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", port);
            host.Annotations.Add(endpoint);
        }

        var banner = ReadyBanner.Of(hosts, Local(), null, TimeSpan.FromSeconds(3));
        Assert.Contains("cdaprod-registry register my-service --url=http://127.0.0.1:8080", banner);
        Assert.Contains("curl http://127.0.0.1:7480/my-service/", banner);
        Assert.DoesNotContain("--url=http://127.0.0.1:7400", banner);
    }

    private static LocalMachine Local(params string[] arguments) =>
        new(DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = arguments, DisableDashboard = true }),
            AppHostOptions.Parse(arguments));
}
