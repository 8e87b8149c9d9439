using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Commands;

/// <summary>Single writer, group commit, and what happens when a commit fails.</summary>
public sealed class GroupCommitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<WriterHarness> StartAsync(bool shared = false) => WriterHarness.StartAsync(_folder.File("log.db"), shared: shared);

    [Fact]
    public async Task Setting_what_is_already_so_appends_nothing()
    {
        await using var mesh = await StartAsync();
        Assert.True((await mesh.SetAsync("a", 1)).Changed);
        var again = await mesh.SetAsync("a", 1);
        Assert.False(again.Changed);
        Assert.Equal(1, again.Sequence);
        Assert.Single(await mesh.EntriesAsync());
    }

    [Fact]
    public async Task A_rejection_names_all_faults_and_appends_nothing()
    {
        await using var mesh = await StartAsync();
        var outcome = await mesh.SendAsync(new SetCounters(("a", -1), ("b", 2), ("c", -3)));
        Assert.Equal(["a", "c"], outcome.Refusal!.Problems.Select(problem => problem.Field));
        Assert.Empty(await mesh.EntriesAsync());
    }

    [Fact]
    public async Task Every_answer_of_a_batch_waits_for_its_commit()
    {
        await using var mesh = await StartAsync();
        await mesh.SetAsync("a", 1);
        var gate = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        var first = true;
        mesh.Store.BeforeAppend = () =>
        {
            if (!first) return gate.Task;
            first = false;
            reached.SetResult();
            return gate.Task;
        };
        var opening = mesh.SetAsync("opening", 1);
        await reached.Task;

        // These wait in the queue and make one batch; its unchanged and refused commands rest on the uncommitted change.
        var changed = mesh.SetAsync("b", 5);
        var unchanged = mesh.SetAsync("b", 5);
        var refused = mesh.SetAsync("b", -1);
        Assert.False(changed.IsCompleted || unchanged.IsCompleted || refused.IsCompleted);
        Assert.Equal(0, mesh.Value("b"));
        gate.SetResult();

        await opening;
        Assert.True((await changed).Changed);
        Assert.Equal((false, 3L), ((await unchanged).Changed, (await unchanged).Sequence));
        Assert.NotNull((await refused).Refusal);
        Assert.Equal(3, mesh.Store.Appends);
    }

    [Fact]
    public async Task A_failed_commit_refuses_the_batch_and_changes_nothing()
    {
        await using var mesh = await StartAsync();
        await mesh.SetAsync("a", 1);
        mesh.Store.BeforeAppend = () => throw new LogStoreException("no space", outcomeUnknown: false);
        var failed = await mesh.SetAsync("a", 2);
        Assert.Equal((RefusalKind.Unavailable, "log-unavailable"), (failed.Refusal!.Kind, failed.Refusal.Problems[0].Code));
        Assert.Equal(1, mesh.Value("a"));

        mesh.Store.BeforeAppend = null;
        Assert.True((await mesh.SetAsync("a", 3)).Changed);
        Assert.Equal([1, 2], (await mesh.EntriesAsync()).Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_commit_whose_outcome_was_unknown_is_recognised_in_the_log()
    {
        await using var mesh = await StartAsync();
        mesh.Store.AfterAppend = () =>
        {
            mesh.Store.AfterAppend = null;
            throw new LogStoreException("connection lost", outcomeUnknown: true);
        };
        var outcome = await mesh.SetAsync("a", 7);
        Assert.Equal((true, 1L), (outcome.Changed, outcome.Sequence));
        Assert.Equal(7, mesh.Value("a"));
        Assert.Equal(2, (await mesh.SetAsync("a", 8)).Sequence);
    }

    [Fact]
    public async Task Where_the_outcome_cannot_be_known_the_answer_says_so_and_the_key_still_takes_effect_once()
    {
        await using var mesh = await StartAsync();
        mesh.Store.AfterAppend = () => throw new LogStoreException("connection lost", outcomeUnknown: true);
        mesh.Store.BeforeRead = () => throw new LogStoreException("still away", outcomeUnknown: false);
        var unknown = await mesh.SetAsync("a", 7, key: "k");
        Assert.Equal(RefusalKind.Unavailable, unknown.Refusal!.Kind);

        (mesh.Store.AfterAppend, mesh.Store.BeforeRead) = (null, null);
        var repeated = await mesh.SetAsync("a", 7, key: "k");
        Assert.Equal((true, true, 1L), (repeated.Changed, repeated.Replayed, repeated.Sequence));
        Assert.Single(await mesh.EntriesAsync());
    }

    [Fact]
    public async Task A_batch_decided_on_a_head_that_moved_is_decided_again()
    {
        await using var one = await StartAsync(shared: true);
        await using var two = await StartAsync(shared: true);
        await one.SetAsync("a", 1);
        one.Store.BeforeAppend = async () =>
        {
            one.Store.BeforeAppend = null;
            await two.SetAsync("a", 2);
        };

        // Decided as a change from 1 to 2 at first; by the time of the append that is already so.
        var outcome = await one.SetAsync("a", 2);
        Assert.False(outcome.Changed);
        Assert.Equal([1, 2], (await one.EntriesAsync()).Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_batch_without_events_confirms_a_shared_head_with_one_read()
    {
        await using var one = await StartAsync(shared: true);
        await using var two = await StartAsync(shared: true);
        await two.SetAsync("a", 4);
        Assert.False((await one.SetAsync("a", 4)).Changed);
        Assert.Equal(4, one.Value("a"));
        Assert.Equal(4, (await one.Writer.ConfirmHeadAsync(TestContext.Current.CancellationToken)).Facts<CounterState>().Values["a"]);
    }

    [Fact]
    public async Task Many_writers_on_two_registries_make_one_gapless_chain()
    {
        await using var one = await StartAsync(shared: true);
        await using var two = await StartAsync(shared: true);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            for (var i = 1; i <= 20; i++) Assert.Null((await (writer % 2 == 0 ? one : two).SetAsync($"w{writer}", i)).Refusal);
        }));

        var entries = await one.EntriesAsync();
        Assert.Equal(Enumerable.Range(1, 320).Select(n => (long)n), entries.Select(entry => entry.Sequence));
        var previous = EntryHash.Zero;
        foreach (var entry in entries) Assert.Equal(previous = EntryHash.Link(previous, entry), entry.Hash);
        Assert.All(Enumerable.Range(0, 16), writer => Assert.Equal(20, entries.Count(entry => entry.Stream == $"counters/w{writer}")));
    }

    [Fact]
    public async Task A_log_that_was_replaced_under_a_live_writer_wins()
    {
        await using var mesh = await StartAsync(shared: true);
        await mesh.SetAsync("a", 1);
        await using (var other = new SqliteLogStore(_folder.File("log.db")))
            await other.RaiseEpochAsync(TestContext.Current.CancellationToken);

        Assert.True((await mesh.SetAsync("a", 2)).Changed);
        Assert.Equal([1L, 2L], (await mesh.EntriesAsync()).Select(entry => entry.Log.Epoch));
        Assert.Equal(2, mesh.Log.Current.Position.Log.Epoch);
    }
}
