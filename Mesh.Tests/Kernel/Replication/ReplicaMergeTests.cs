using CsCheck;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;

namespace Mesh.Tests.Kernel.Replication;

public class ReplicaMergeTests
{
    private static readonly StateFolder Folder = new([new CounterFold()]);

    /// <summary>Sizes of the commands; for each place of the log how often and where else it is delivered.</summary>
    private static readonly Gen<(int[] Commands, int[] Deliveries, int Start)> Feeds = Gen.Select(
        Gen.Int[1, 4].Array[1, 25], Gen.Int[0, 99].Array[0, 200], Gen.Int[0, 24]);

    [Fact]
    public void Any_duplication_reordering_or_loss_on_the_feeds_leaves_the_replica_in_the_state_of_the_log() => Feeds.Sample(
        feeds =>
        {
            var log = Written(feeds.Commands);
            var start = log.EndBefore(Math.Min(feeds.Start, log.Head.Sequence));
            var merge = new ReplicaMerge(Folder, mostPending: 32);
            merge.Reset(Folder.Apply(Folder.Empty(log.Log), [.. log.Entries.Take((int)start)]), log.Head);
            foreach (var delivery in feeds.Deliveries)
            {
                merge.Take(log.Entries[delivery % log.Entries.Count], out _);
                Advance(merge);
            }

            // What was lost, and what came when there was no room, is read from the log.
            foreach (var entry in log.Entries.Skip((int)merge.State!.Sequence))
            {
                merge.Take(entry, out _);
                Advance(merge);
            }

            AssertSame(log, merge.State);
        },
        iter: 1_000);

    [Fact]
    public void Entries_that_come_before_the_first_state_are_not_lost()
    {
        var log = Written([1, 2, 3]);
        var merge = new ReplicaMerge(Folder);
        foreach (var entry in log.Entries.Reverse()) merge.Take(entry, out _);
        merge.Reset(Folder.Apply(Folder.Empty(log.Log), [log.Entries[0]]), LogPosition.After(log.Entries[0]));
        Advance(merge);
        AssertSame(log, merge.State!);
    }

    [Fact]
    public void A_command_is_applied_only_when_all_of_it_is_there()
    {
        var log = Written([3]);
        var merge = Empty(log);
        merge.Take(log.Entries[0], out _);
        merge.Take(log.Entries[1], out _);
        Assert.Empty(merge.Advance(out _));
        Assert.Equal(0, merge.State!.Sequence);
        merge.Take(log.Entries[2], out _);
        Assert.Equal(3, merge.Advance(out _).Count);
    }

    [Fact]
    public void A_tampered_payload_or_header_is_never_applied()
    {
        var log = Written([1, 1]);
        var merge = Empty(log);
        Assert.Equal(Offer.Conflict, merge.Take(log.Entries[0] with { Data = "{}"u8.ToArray() }, out _));
        Assert.Equal(Offer.New, merge.Take(log.Entries[0] with { Actor = "user:mallory" }, out _));
        Assert.Empty(merge.Advance(out var fault));
        Assert.Contains("chain", fault);

        merge.Take(log.Entries[0], out _);
        merge.Take(log.Entries[1], out _);
        Advance(merge);
        AssertSame(log, merge.State!);
    }

    [Fact]
    public void Another_hash_for_a_known_sequence_is_a_conflict()
    {
        var log = Written([1, 1, 1]);
        var other = log.TruncatedAt(2);
        other.Append(("a", 99));
        var merge = Empty(log);
        foreach (var entry in log.Entries) merge.Take(entry, out _);
        Advance(merge);
        Assert.Equal(Offer.Conflict, merge.Take(other.Entries[2], out var fault));
        Assert.Contains("entry 3 has hash", fault);
    }

    [Fact]
    public void Another_log_and_a_later_epoch_are_foreign()
    {
        var log = Written([1]);
        var merge = Empty(log);
        Assert.Equal(Offer.Foreign, merge.Take(Written([1]).Entries[0], out _));
        var restored = log.RestoredAt(1);
        Assert.Equal(Offer.Foreign, merge.Take(restored.Append(("a", 1))[0], out _));
    }

    [Fact]
    public void A_future_that_a_restore_has_undone_is_passed_over()
    {
        var lost = Written([1, 1, 1]);
        var log = lost.RestoredAt(1);
        var merge = new ReplicaMerge(Folder);
        merge.Reset(log.Fold(Folder), log.Head);
        Assert.Equal(Offer.Stale, merge.Take(lost.Entries[1], out _));
        foreach (var entry in log.Append(("b", 7))) Assert.Equal(Offer.New, merge.Take(entry, out _));
        Advance(merge);
        AssertSame(log, merge.State!);
    }

    [Fact]
    public void Entries_of_an_older_epoch_are_history_up_to_the_head_at_which_the_replica_attached()
    {
        var log = Written([1, 1]).RestoredAt(2);
        log.Append(("b", 1));
        var merge = new ReplicaMerge(Folder);
        merge.Reset(Folder.Empty(log.Log), log.Head);
        foreach (var entry in log.Entries) Assert.Equal(Offer.New, merge.Take(entry, out _));
        Advance(merge);
        AssertSame(log, merge.State!);
        Assert.Equal(log.Log, merge.State!.Position.Log);
    }

    internal static void AssertSame(LogMaker log, MeshState state)
    {
        Assert.Equal(log.Head.Sequence, state.Sequence);
        Assert.Equal(log.Head.Hash, state.Position.Hash);
        Assert.Equal(log.Fold(Folder).Facts<CounterState>().Values.OrderBy(pair => pair.Key),
            state.Facts<CounterState>().Values.OrderBy(pair => pair.Key));
        Assert.Equal(log.Fold(Folder).Streams.OrderBy(pair => pair.Key), state.Streams.OrderBy(pair => pair.Key));
    }

    private static LogMaker Written(int[] commands)
    {
        var log = new LogMaker();
        var value = 0;
        foreach (var size in commands) log.Append([.. Enumerable.Range(0, size).Select(i => ($"c{(value + i) % 5}", ++value))]);
        return log;
    }

    private static ReplicaMerge Empty(LogMaker log)
    {
        var merge = new ReplicaMerge(Folder);
        merge.Reset(Folder.Empty(log.Log), LogPosition.Start(log.Log));
        return merge;
    }

    private static void Advance(ReplicaMerge merge)
    {
        var applied = merge.Advance(out var fault);
        Assert.Null(fault);
        if (applied.Count > 0) Assert.True(applied[^1].EndsCommand);
    }
}
