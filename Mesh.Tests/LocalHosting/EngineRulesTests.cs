using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Mesh.LocalHosting.Engine;
using Mesh.LocalHosting.Output;
using Mesh.LocalHosting.Ports;
using Microsoft.Extensions.Configuration;

namespace Mesh.Tests.LocalHosting;

public sealed class EngineRulesTests
{
    [Fact]
    public void A_child_that_keeps_ending_waits_longer_and_longer_and_a_healthy_minute_is_forgiven()
    {
        var backoff = new Backoff();
        double[] waits = [.. Enumerable.Range(0, 7).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds)];
        Assert.Equal([0.5, 1, 2, 4, 8, 15, 15], waits);
        Assert.Equal(0.5, backoff.Next(TimeSpan.FromMinutes(2)).TotalSeconds);
    }

    [Fact]
    public void Users_end_before_what_they_use()
    {
        var (redis, registry, gateway) = (new RedisResource("redis"), new ProjectResource("registry"), new ProjectResource("gateway"));
        registry.Annotations.Add(new WaitAnnotation(redis));
        gateway.Annotations.Add(new ReferenceAnnotation(registry));
        Assert.Equal(["gateway", "registry", "redis"], StopOrder.Groups([redis, registry, gateway]).Select(group => Assert.Single(group).Name));
    }

    [Fact]
    public void Resources_that_need_each_other_are_refused()
    {
        var (one, two) = (new ProjectResource("one"), new ProjectResource("two"));
        one.Annotations.Add(new WaitAnnotation(two));
        two.Annotations.Add(new WaitAnnotation(one));
        Assert.Contains("one → two → one", Assert.Throws<DistributedApplicationException>(() => StopOrder.Groups([one, two])).Message);
    }

    [Fact]
    public void A_taken_port_is_named_with_its_holder_and_a_way_out()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        var registry = new ProjectResource("registry");
        registry.Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, "http", port: port));
        var refused = Assert.Throws<DistributedApplicationException>(() => PortAllocation.Allocate([registry], 0, random: false));
        Assert.Contains($"{port} (registry)", refused.Message);
        Assert.Contains("--port-offset 1000", refused.Message);
        if (OperatingSystem.IsLinux())
            Assert.Contains($"(pid {Environment.ProcessId})", refused.Message);
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
        for (var i = 0; i < 20; i++) Assert.EndsWith($"(pid {Environment.ProcessId})", PortHolder.Of(((IPEndPoint)holder.LocalEndpoint).Port));
        Volatile.Write(ref stop, true);
        await busy;
    }

    [Fact]
    public void Pinned_ports_are_shifted_and_the_others_free()
    {
        var resource = new ProjectResource("registry");
        var shifted = FreePorts.Next();
        var pinned = new EndpointAnnotation(ProtocolType.Tcp, "http", port: shifted - 11);
        var free = new EndpointAnnotation(ProtocolType.Tcp, "tcp");
        resource.Annotations.Add(pinned);
        resource.Annotations.Add(free);
        PortAllocation.Allocate([resource], 11, random: false);
        Assert.Equal(shifted, pinned.AllocatedPort);
        Assert.True(FreePorts.IsFree(free.AllocatedPort!.Value));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://collector:4318/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")]
    [InlineData("http://collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")]
    public async Task Spans_go_where_somebody_has_said(string? elsewhere, params string[] setting)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(setting.Chunk(2).ToDictionary(pair => pair[0], pair => (string?)pair[1])).Build();
        Assert.Equal(elsewhere, ChildEnvironment.TracesGoElsewhere(configuration));
        var environment = await new ChildEnvironment("/data", elsewhere is null ? "http://127.0.0.1:1/v1/traces" : null, new()).Of(new ProjectResource("registry"));
        Assert.Equal(elsewhere is null, environment.ContainsKey("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
    }

    [Fact]
    public void Lines_carry_their_resources_name_and_no_colours_unless_wanted()
    {
        using var plain = new StringWriter();
        using var coloured = new StringWriter();
        foreach (var console in new[] { new LogConsole(plain, false), new LogConsole(coloured, true) })
        {
            console.Register(["registry", "redis"]);
            console.WriteLine("redis", "hello");
        }

        Assert.Equal($"redis    | hello{Environment.NewLine}", plain.ToString());
        Assert.StartsWith("\e[36mredis    | \e[0m", coloured.ToString());
    }
}
