using System.Net.Http.Json;
using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

/// <summary>What a module gives one client for itself reaches that one and no other, and follows the module and the state.</summary>
public class NodeContributorTests
{
    private static readonly TestSecret First = new("own"), Second = new("own");
    private readonly SecretsForTests _secrets = new();

    [Fact]
    public async Task A_client_gets_what_is_its_own_in_both_protocols_and_no_other_client_does()
    {
        await using var host = await Start();
        _secrets.Give("mine", First);
        using var delta = new DeltaClient(host, "mine");
        using var sotw = new SotwClient(host, "mine");
        using var other = new DeltaClient(host, "other");

        await delta.Subscribe(XdsTypes.Secret, "own");
        Assert.Equal(First.Message, Assert.Single((await delta.Next(ack: true)).Resources).Resource_.Unpack<Secret>());
        Assert.Equal(First.Message, Assert.Single((await sotw.Ask(XdsTypes.Secret, "own")).Resources).Unpack<Secret>());
        await other.Subscribe(XdsTypes.Secret, "own", "*");
        Assert.Equal(["own"], (await other.Next(ack: true)).RemovedResources);
    }

    [Fact]
    public async Task A_change_that_no_state_shows_is_pushed_and_so_is_its_end()
    {
        await using var host = await Start();
        _secrets.Give("mine", First);
        using var client = new DeltaClient(host, "mine");
        await client.Subscribe(XdsTypes.Secret, "own");
        await client.Next(ack: true);

        _secrets.Give("mine", Second);
        Assert.Equal(Second.Message, Assert.Single((await client.Next(ack: true)).Resources).Resource_.Unpack<Secret>());
        _secrets.TakeFrom("mine");
        Assert.Equal(["own"], (await client.Next(ack: true)).RemovedResources);
        _secrets.Give("mine", First);
        Assert.Equal(First.Message, Assert.Single((await client.Next(ack: true)).Resources).Resource_.Unpack<Secret>());
    }

    [Fact]
    public async Task While_a_contributor_fails_the_last_good_resources_stay_and_services_go_on()
    {
        await using var host = await Start();
        _secrets.Give("mine", First);
        using var client = new DeltaClient(host, "mine");
        await client.Subscribe(XdsTypes.Secret, "own");
        await client.Next(ack: true);

        _secrets.Fault = new InvalidOperationException("no");
        _secrets.Give("mine", Second);
        await client.Subscribe(XdsTypes.ClusterLoadAssignment, "echo");
        await client.Next(ack: true);
        host.Replica.Register("echo", "10.0.0.1");
        var news = await client.Next(ack: true);
        Assert.Equal((XdsTypes.ClusterLoadAssignment.Url, "echo"), (news.TypeUrl, Assert.Single(news.Resources).Name));

        _secrets.Fault = null;
        _secrets.Give("mine", Second);
        Assert.Equal(Second.Message, Assert.Single((await client.Next(ack: true)).Resources).Resource_.Unpack<Secret>());
    }

    [Fact]
    public async Task What_Envoy_declared_for_its_inbound_can_be_changed_and_follows_the_state()
    {
        await using var host = await Start(new InboundForTests());
        var node = DeltaClient.NodeOf("envoy-1");
        node.Metadata.Fields["mesh.flavour"] = Value.ForString("envoy");
        node.Metadata.Fields["mesh.inbound"] = Value.ForString("9080:8080");
        using var client = new DeltaClient(host.Channel, node);
        await client.Subscribe(XdsTypes.Listener, "*");
        Assert.Equal("sequence 0", Assert.Single((await client.Next(ack: true)).Resources).Resource_.Unpack<Listener>().StatPrefix);

        host.Replica.Register("echo", "10.0.0.1");

        var changed = await client.Until(r => r.TypeUrl == XdsTypes.Listener.Url);
        Assert.Equal("sequence 1", Assert.Single(changed.Resources).Resource_.Unpack<Listener>().StatPrefix);
    }

    [Fact]
    public async Task A_client_that_must_be_told_which_clusters_to_report_is_told_its_own_too()
    {
        await using var host = await Start(new RouteForTests("mine"));
        host.Replica.Register("shop", "10.0.0.1");
        await host.Compiled();
        using var mine = new LoadClient(host, DeltaClient.NodeOf("mine", "shop"));
        using var other = new LoadClient(host, DeltaClient.NodeOf("other", "shop"));
        await mine.Report();
        Assert.Equal(["own", "shop"], (await mine.Next()).Clusters);
        await other.Report();
        Assert.Equal(["shop"], (await other.Next()).Clusters);
    }

    [Fact]
    public async Task Explaining_asks_for_what_is_the_clients_own_and_shows_no_secret_of_it()
    {
        _secrets.Give("mine", First);
        await using var host = await ControlPlaneHarness.Start(more: builder =>
        {
            builder.Services.AddSingleton<IXdsNodeContributor>(_secrets);
            builder.Services.AddSingleton<IXdsNodeContributor>(new RouteForTests("mine"));
        });
        host.Replica.Register("shop", "10.0.0.1");
        await host.Compiled();
        var cancel = TestContext.Current.CancellationToken;
        foreach (var (node, route) in new[] { ("mine", "own-rule"), ("other", "default") })
        {
            var explained = await host.Http.GetFromJsonAsync($"/api/v1/traffic/explain?to=shop&node={node}",
                TrafficJson.Default.ExplainAnswer, cancel);
            Assert.Equal((node, route), (node, explained!.Route));
        }

        var served = await host.Services.GetRequiredService<IServedResources>().ReadAsync("shop", null, "mine", cancel);
        Assert.Contains(served!.Resources, resource => resource.Type == XdsTypes.Cluster && resource.Name == "own");
        Assert.DoesNotContain(served.Resources, resource => resource.Type.IsConfidential);
    }

    private Task<ControlPlaneHarness> Start(IXdsNodeContributor? contributor = null) =>
        ControlPlaneHarness.Start(more: builder => builder.Services.AddSingleton(contributor ?? _secrets));

    /// <summary>A module that sends one client's requests for a service to a cluster of that client alone.</summary>
    private sealed class RouteForTests(string node) : IXdsNodeContributor
    {
        public int Order => 10;

        public object? Shape(MeshState state, XdsNode asking) => asking.Id == node ? "own" : null;

        public void Configure(XdsNodeDraft draft)
        {
            if (draft.Node.Id != node) return;
            draft.Set(XdsTypes.Cluster, ClusterBuilder.Local("own", "127.0.0.1", 9));
            var route = new Route
            {
                Name = "own-rule", Match = new RouteMatch { Prefix = "/" }, Route_ = new RouteAction { Cluster = "own" },
            };
            draft.Set(XdsTypes.RouteConfiguration, new RouteConfiguration
            {
                Name = "shop", VirtualHosts = { new VirtualHost { Name = "shop", Domains = { "*" }, Routes = { route } } },
            });
        }
    }

    /// <summary>A module with an inbound policy: it depends on the state, and changes what is there.</summary>
    private sealed class InboundForTests : IXdsNodeContributor
    {
        public int Order => 10;

        public object? Shape(MeshState state, XdsNode node) => state.Sequence;

        public void Configure(XdsNodeDraft draft)
        {
            var listener = draft.Find(XdsTypes.Listener, "inbound:9080")!;
            listener.StatPrefix = $"sequence {draft.State.Sequence}";
            draft.Set(XdsTypes.Listener, listener);
        }
    }
}
