using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.ControlPlane;

/// <summary>A client that was told of a change by one control plane, and reads from another.</summary>
public class NotifiedThenReadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_is_never_older_than_what_a_watch_at_another_control_plane_has_told()
    {
        await using var ahead = await ControlPlaneHarness.Start();
        await using var behind = await ControlPlaneHarness.Start();
        using var watch = new V1.Discovery.DiscoveryClient(ahead.Channel).Watch(new V1.ListServicesRequest(), cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        ahead.Replica.Register("echo", "10.0.0.1");
        while (watch.ResponseStream.Current.Items.Count == 0) Assert.True(await watch.ResponseStream.MoveNext(Token));
        var told = watch.ResponseStream.Current.Sequence;

        var other = new V1.Discovery.DiscoveryClient(behind.Channel);
        var one = other.GetServiceAsync(new V1.GetServiceRequest { Name = "echo", MinSequence = told },
            cancellationToken: Token).ResponseAsync;
        var all = other.ListServicesAsync(new V1.ListServicesRequest { MinSequence = told }, cancellationToken: Token).ResponseAsync;
        // Whatever it has, it says none of it: an answer now would be that there is no such service.
        Assert.Empty((await other.ListServicesAsync(new V1.ListServicesRequest(), cancellationToken: Token)).Items);
        Assert.False(one.IsCompleted || all.IsCompleted);
        behind.Replica.Register("echo", "10.0.0.1");

        Assert.Equal("echo", (await one.WaitAsync(TimeSpan.FromSeconds(30), Token)).Name);
        Assert.Single((await all.WaitAsync(TimeSpan.FromSeconds(30), Token)).Items);
    }
}
