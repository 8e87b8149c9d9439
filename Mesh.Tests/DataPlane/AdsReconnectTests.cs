using System.Diagnostics;
using Grpc.Core;
using Mesh.DataPlane.Ads;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.DataPlane;

/// <summary>Whom a client that comes back takes its configuration from, and how soon it comes.</summary>
public class AdsReconnectTests
{
    private const string AnotherLog = "0198a000000070008000000000000009/1";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_control_plane_behind_what_was_seen_is_left_for_another_and_taken_only_when_all_are_behind()
    {
        await using var client = await HavingSeenFour();
        await using var truncated = await TestControlPlane.Start(client.Port, c =>
        {
            c.Head = 1;
            c.Serve("new", "http", (9002, 1));
        });
        await Eventually.True(() => client.Knows("new"), Soon, "a log that was truncated under the same identity is accepted in the end");
        Assert.True(truncated.Requests.Count(r => r.Node?.Metadata.Fields["mesh.sequence"].StringValue == "4") > 1);
    }

    [Fact]
    public async Task A_new_log_is_taken_at_once_however_short_it_is()
    {
        await using var client = await HavingSeenFour();
        await using var anew = await TestControlPlane.Start(client.Port, c =>
        {
            (c.Log, c.Head) = (AnotherLog, 1);
            c.Serve("new", "http", (9002, 1));
        });
        await Eventually.True(() => client.Knows("new"), Soon, "the new log's services are known");
        Assert.Equal(1, anew.Streams);
        Assert.Equal(AnotherLog, client.Running.Config.SeenLog);
    }

    [Fact]
    public async Task The_log_that_was_seen_is_known_after_a_restart_too()
    {
        using var folder = new TempFolder();
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        var options = RunningAdsClient.Options(controlPlane.Address);
        options.LastGoodFile = folder.File("last.xds");
        await using (var first = new RunningAdsClient(options))
            await first.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        controlPlane.Requests.Clear();

        await using var second = new RunningAdsClient(options);
        await Eventually.True(() => second.Config.Confirmed, Soon, "the control plane has confirmed what the file knew");
        // The first one's last words may be heard only now; who it is it has said before.
        var node = controlPlane.Requests.First(r => r.Node is not null).Node;
        Assert.Equal((controlPlane.Log, "4"),
            (node.Metadata.Fields["mesh.log"].StringValue, node.Metadata.Fields["mesh.sequence"].StringValue));
    }

    [Fact]
    public async Task A_control_plane_that_cannot_serve_does_not_make_a_client_forget_what_it_has_seen()
    {
        await using var client = await HavingSeenFour();
        await using var away = await TestControlPlane.Start(client.Port, c => c.Refusal = StatusCode.Unavailable);
        await Eventually.True(() => away.Streams > 8, Soon, "it is tried again and again");
        away.Refusal = null;
        away.Serve("echo", "http", (9001, 1));
        await Eventually.True(() => client.Running.Client.Status.Connected, Soon, "it serves again");
        Assert.Equal("4", away.Requests.First().Node.Metadata.Fields["mesh.sequence"].StringValue);
    }

    [Fact]
    public async Task A_control_plane_that_answers_once_and_breaks_off_is_tried_ever_more_seldom()
    {
        await using var controlPlane = await TestControlPlane.Start(0, c =>
        {
            c.BreaksOff = true;
            c.Serve("echo", "http", (9001, 1));
        });
        var options = RunningAdsClient.Options(controlPlane.Address);
        options.BackoffMax = TimeSpan.FromMinutes(1);
        var started = Stopwatch.GetTimestamp();
        await using var client = new RunningAdsClient(options);
        await Eventually.True(() => controlPlane.Streams >= 7, Soon, "it has been tried six times again");

        // Half of 20 + 40 + ... + 640 ms, which is what chance leaves of them at least.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(600), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_stream_that_is_cut_is_no_warning_and_a_control_plane_that_stays_away_is_one()
    {
        const int Ended = 5007, Away = 5001;
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        await using var between = new FaultyTcp(controlPlane.Address.Port);
        var log = new SeenEvents<AdsClient>();
        await using var client = new RunningAdsClient(RunningAdsClient.Options(new Uri($"http://127.0.0.1:{between.Port}")), log);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        for (var cut = 1; cut <= 3; cut++)
        {
            between.CutClients();
            await Eventually.True(() => log.Ids.Count(id => id == Ended) == cut && client.Client.Status.Connected, Soon, "it is back");
        }

        Assert.DoesNotContain(Away, log.Ids);
        await controlPlane.DisposeAsync();
        await Eventually.True(() => log.Ids.Contains(Away), Soon, "nobody answers");
        await Eventually.True(() => controlPlane.Streams == 4 && between.Accepted > 10, Soon, "it goes on trying");
        Assert.Single(log.Ids, id => id == Away);
    }

    /// <summary>A client that has seen sequence 4 of a log, and whose control plane is gone.</summary>
    private static async Task<Orphan> HavingSeenFour()
    {
        var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        var client = RunningAdsClient.Of(controlPlane.Address);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(("4", controlPlane.Log), (client.Config.SystemVersion, client.Config.SeenLog));
        var port = controlPlane.Address.Port;
        await controlPlane.DisposeAsync();
        return new Orphan(client, port);
    }

    private sealed record Orphan(RunningAdsClient Running, int Port) : IAsyncDisposable
    {
        public bool Knows(string service) => Running.Config.Snapshot.Listeners.Find(service) is not null;

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }
}
