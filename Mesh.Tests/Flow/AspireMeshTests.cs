namespace Mesh.Tests.Flow;

/// <summary>What tests take for granted of a mesh that they start.</summary>
public sealed class AspireMeshTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Meshes_of_one_test_process_share_nothing_and_the_end_of_one_leaves_the_others_running()
    {
        var older = await AspireMesh.StartAsync();
        await using var stays = await AspireMesh.StartAsync();
        await EndAsync(older);
        // What the older one leaves to be done afterwards has been done when another one has come and gone.
        await EndAsync(await AspireMesh.StartAsync());

        await using var mine = await Upstream.StartAsync("mine");
        await stays.Register(new() { Name = "mine", Url = mine.Url });
        Assert.Equal("mine /x", await stays.Http.GetStringAsync($"{stays.Gateway}/mine/x", Ending));
        Assert.DoesNotContain("theirs", (await stays.Get($"{stays.Registry}/api/discovery/services")).ToString(), StringComparison.Ordinal);
        foreach (var address in Addresses(stays)) await stays.Http.GetStringAsync($"{address}/health/ready", Ending);

        async Task EndAsync(AspireMesh ends)
        {
            await using var _ = ends;
            Assert.Empty(Addresses(stays).Intersect(Addresses(ends)));
            await ends.Register(new() { Name = "theirs", Url = "http://127.0.0.1:9" });
        }
    }

    [Fact]
    public async Task A_part_that_is_killed_stays_away_until_it_is_started_and_comes_back_where_it_was()
    {
        await using var mesh = await AspireMesh.StartAsync();
        foreach (var part in mesh.Parts)
        {
            await mesh.Kill(part);
            await mesh.StartPart(part);
        }

        await mesh.Kill("registry");
        await Assert.ThrowsAsync<HttpRequestException>(() => mesh.Http.GetAsync($"{mesh.Registry}/health/live", Ending));
        await mesh.StartPart("registry");
        foreach (var address in Addresses(mesh)) await mesh.Http.GetStringAsync($"{address}/health/ready", Ending);
    }

    private static string[] Addresses(AspireMesh mesh) => [mesh.Registry, mesh.ControlPlane, mesh.Worker, mesh.Admin, mesh.Gateway];
}
