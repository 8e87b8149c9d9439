using Google.Protobuf.WellKnownTypes;
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

    private Task<ControlPlaneHarness> Start(IXdsNodeContributor? contributor = null) =>
        ControlPlaneHarness.Start(more: builder => builder.Services.AddSingleton(contributor ?? _secrets));

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
