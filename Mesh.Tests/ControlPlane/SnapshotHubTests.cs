using Mesh.ControlPlane.Snapshots;

namespace Mesh.Tests.ControlPlane;

public class SnapshotHubTests
{
    [Fact]
    public void A_lower_sequence_of_the_same_log_is_never_published_but_after_a_reset()
    {
        var behind = new World();
        behind.Nothing();
        behind.Nothing();
        var low = new World();
        low.Nothing();
        var hub = new SnapshotHub();
        Assert.True(hub.Publish(behind.Current));
        var again = behind.Current.Next(low.Current.Position!, [.. Views(behind)], []);

        Assert.False(hub.Publish(again));
        Assert.Equal(2, hub.Current.Sequence);
        Assert.True(hub.Publish(again, reset: true));
        Assert.Equal(1, hub.Current.Sequence);
    }

    [Fact]
    public void Whoever_waits_for_news_gets_them_even_if_they_came_just_before()
    {
        var world = new World();
        var hub = new SnapshotHub();
        var waiting = hub.NewerThanAsync(0);
        Assert.False(waiting.IsCompleted);
        hub.Publish(world.Nothing());

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.True(hub.NewerThanAsync(0).IsCompletedSuccessfully);
        Assert.False(hub.NewerThanAsync(world.Current.Generation).IsCompleted);
    }

    [Fact]
    public async Task Whoever_waits_for_a_snapshot_that_fits_gets_it_also_if_it_comes_while_another_is_looked_at()
    {
        var world = new World();
        var hub = new SnapshotHub();
        hub.Publish(world.Nothing());
        var waiting = hub.FirstAsync(snapshot =>
        {
            if (snapshot.Sequence == 1) hub.Publish(world.Nothing());
            return snapshot.Sequence == 2;
        }, TestContext.Current.CancellationToken);

        Assert.Equal(2, (await waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Sequence);
    }

    private static IEnumerable<XdsView.Builder> Views(World world) =>
        Enum.GetValues<Mesh.Xds.Resources.XdsFlavour>().Select(f => world.Current[f].ToBuilder());
}
