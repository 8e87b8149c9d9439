using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Contracts.V1;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Tests.Kernel.Reconciling.Support;
using Mesh.Tests.Kernel.Support;

namespace Mesh.Tests.Kernel.Reconciling;

public class ReconcilerLoopTests
{
    private static NewEvent Set(string name, int value) => NewEvent.Of($"counters/{name}", new CounterSet(name, value));

    private static StatusReply Done(SeenCall call) => new() { Changed = true };

    [Fact]
    public async Task A_start_visits_every_key_and_a_change_visits_its_own()
    {
        await using var bench = new EngineBench(new CounterFold());
        bench.Replica.Commit(0, Set("a", 1), Set("b", 1));
        var reconciler = new CounterReconciler();
        await bench.Start(reconciler);
        await bench.Until(() => reconciler.Visits.Distinct().Order().SequenceEqual(["a", "b"]), "both are visited");
        await bench.Settled();

        reconciler.Visits.Clear();
        bench.Replica.Commit(0, Set("b", 2));
        await bench.Until(() => !reconciler.Visits.IsEmpty, "the changed one is visited");
        await bench.Settled();
        Assert.Equal(["b"], reconciler.Visits.Distinct());
    }

    [Fact]
    public async Task Only_keys_of_owned_shards_are_visited_and_a_shard_that_comes_in_has_all_its_keys_visited()
    {
        var names = Enumerable.Range(0, 50).Select(i => $"n{i}").ToArray();
        var half = ShardSet.Of(Enumerable.Range(0, 32));
        await using var bench = new EngineBench(new CounterFold(), owned: half);
        bench.Replica.Commit(0, [.. names.Select(name => Set(name, 1))]);
        var reconciler = new CounterReconciler();
        await bench.Start(reconciler);
        await bench.Until(() => reconciler.Visits.Distinct().Count() == names.Count(half.Owns), "the own half is visited");
        Assert.All(reconciler.Visits, name => Assert.True(half.Owns(name)));

        bench.Shards.Own(ShardSet.All);
        await bench.Until(() => reconciler.Visits.Distinct().Count() == names.Length, "the other half is visited, too");
    }

    [Fact]
    public async Task A_sweep_visits_every_key_about_once_a_minute()
    {
        await using var bench = new EngineBench(new CounterFold());
        bench.Replica.Commit(0, Set("a", 1), Set("b", 1));
        var reconciler = new CounterReconciler();
        await bench.Start(reconciler);
        await bench.Until(() => reconciler.Visits.Distinct().Count() == 2, "the first visits");
        await bench.Settled();
        reconciler.Visits.Clear();

        var due = Assert.Single(bench.Time.Timers, timer => timer > TimeSpan.FromSeconds(30));
        Assert.InRange(due.TotalSeconds, 40, 80);
        bench.Time.Advance(due);
        await bench.Until(() => bench.Loop.Sweeps == 1, "a sweep");
        await bench.Until(() => reconciler.Visits.Distinct().Count() == 2, "both are visited again");
    }

    [Fact]
    public async Task A_failed_visit_is_repeated_later_and_later()
    {
        var failures = 5;
        await using var bench = new EngineBench(new CounterFold());
        bench.Replica.Commit(0, Set("a", 1));
        var times = new ConcurrentQueue<DateTimeOffset>();
        var reconciler = new CounterReconciler(_ =>
        {
            times.Enqueue(bench.Time.GetUtcNow());
            return failures-- > 0 ? throw new RpcException(new Status(StatusCode.Unavailable, "away")) : Task.FromResult<TimeSpan?>(null);
        });
        await bench.Start(reconciler);
        await bench.Until(
            () =>
            {
                // However often it is asked for meanwhile.
                bench.Trigger.Trigger("counters", "a", TimeSpan.Zero);
                return failures < 0;
            },
            "it succeeds in the end", TimeSpan.FromMilliseconds(20));
        var gaps = times.Zip(times.Skip(1), (one, next) => (next - one).TotalMilliseconds).Take(5).ToArray();
        Assert.Equal(5, gaps.Length);
        for (var i = 0; i < gaps.Length; i++) Assert.True(gaps[i] >= 100 * Math.Pow(2, i), $"gap {i} was {gaps[i]} ms");
        Assert.Empty(bench.Parked.All);
    }

    [Fact]
    public async Task A_command_carries_key_actor_cause_and_depth()
    {
        await using var bench = new EngineBench(new CounterFold(), Done);
        var reconciler = new CounterReconciler(async context =>
        {
            await CounterReconciler.Send(context);
            return null;
        });
        bench.Replica.Commit(0, Set("z", 1));
        await bench.Start(reconciler);
        await bench.Until(() => bench.Registry.Of("ApplyDefaults").Any(), "the engine follows the state");
        var cause = bench.Replica.Commit(3, Set("a", 1))[0];
        await bench.Until(() => reconciler.Visits.Contains("a") && bench.Queue.Idle, "the command");
        var call = bench.Registry.Of("ApplyDefaults").First(call => ((ApplyDefaultsRequest)call.Request).Name == "a");
        Assert.Equal("reconciler:counters", call.Header(CommandHeaders.Actor));
        Assert.Equal(cause.EventId.ToString(), call.Header(CommandHeaders.CausationId));
        Assert.Equal("4", call.Header(CommandHeaders.Depth));
        Assert.Equal(
            CommandKeyHash.Of(new ReconcileKey("counters", "a"), bench.Replica.Current, ["counters/a"], "set"),
            call.Header(CommandHeaders.IdempotencyKey));
    }

    [Fact]
    public async Task The_key_of_a_command_follows_from_reconciler_resource_versions_read_and_outcome()
    {
        await using var bench = new EngineBench(new CounterFold());
        bench.Replica.Commit(0, Set("a", 1));
        var state = bench.Replica.Current;
        var key = new ReconcileKey("r", "a");
        var hash = CommandKeyHash.Of(key, state, ["counters/a", "counters/b"], "x");
        Assert.Equal(hash, CommandKeyHash.Of(key, state, ["counters/b", "counters/a"], "x"));
        Assert.NotEqual(hash, CommandKeyHash.Of(key, state, ["counters/a", "counters/b"], "y"));
        Assert.NotEqual(hash, CommandKeyHash.Of(key with { Resource = "b" }, state, ["counters/a", "counters/b"], "x"));
        Assert.NotEqual(hash, CommandKeyHash.Of(key with { Reconciler = "q" }, state, ["counters/a", "counters/b"], "x"));
        bench.Replica.Commit(0, Set("c", 1));
        Assert.Equal(hash, CommandKeyHash.Of(key, bench.Replica.Current, ["counters/a", "counters/b"], "x"));
        bench.Replica.Commit(0, Set("b", 1));
        Assert.NotEqual(hash, CommandKeyHash.Of(key, bench.Replica.Current, ["counters/a", "counters/b"], "x"));
    }

    [Fact]
    public async Task A_key_is_not_visited_again_before_the_replica_shows_what_its_last_command_did()
    {
        long sequence = 0;
        await using var bench = new EngineBench(new CounterFold(),
            _ => new StatusReply { Changed = true, Sequence = Interlocked.Read(ref sequence) });
        bench.Replica.Commit(0, Set("a", 1));
        sequence = 2;
        var reconciler = new CounterReconciler(async context =>
        {
            if (context.State.Facts<CounterState>().Values["a"] == 1) await CounterReconciler.Send(context);
            return null;
        });
        await bench.Start(reconciler);
        await bench.Until(() => reconciler.Visits.Count == 1 && bench.Queue.Idle, "the first visit");
        for (var i = 0; i < 20; i++)
        {
            bench.Trigger.Trigger("counters", "a", TimeSpan.Zero);
            bench.Time.Advance(TimeSpan.FromMilliseconds(20));
        }

        await bench.Settled();
        Assert.Single(bench.Registry.Of("ApplyDefaults"));
        bench.Replica.Commit(1, Set("a", 2));
        await bench.Until(() => reconciler.Visits.Count >= 2, "a visit after its own write", TimeSpan.FromMilliseconds(20));
        Assert.Single(bench.Registry.Of("ApplyDefaults"));
    }

    [Fact]
    public async Task A_chain_of_more_than_8_answers_parks_its_key()
    {
        await using var bench = new EngineBench(new CounterFold(), Done);
        var reconciler = new CounterReconciler(async context =>
        {
            await CounterReconciler.Send(context, $"{context.State.Sequence}");
            return null;
        });
        await bench.Start(reconciler);
        bench.Replica.Commit(7, Set("a", 1));
        await bench.Until(() => bench.Registry.Of("ApplyDefaults").Any(), "depth 8 is sent");
        await bench.Settled();
        Assert.Empty(bench.Parked.All);

        var cause = bench.Replica.Commit(8, Set("a", 2))[0];
        await bench.Until(() => bench.Letters.Count == 1, "depth 9 is parked, at the Registry too");
        Assert.Single(bench.Registry.Of("ApplyDefaults"));
        var letter = bench.Letters.Values.Single();
        Assert.Equal(("counters", "a", 8, cause.EventId.ToString()),
            (letter.Reconciler, letter.Resource, letter.Depth, letter.CausationId));
        Assert.Contains("limit 8", letter.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_20_commands_a_minute_park_a_key_and_a_replay_lets_it_go_on()
    {
        await using var bench = new EngineBench(new CounterFold(), Done);
        var reconciler = new CounterReconciler(async context =>
        {
            await CounterReconciler.Send(context);
            return TimeSpan.FromMilliseconds(10);
        });
        bench.Replica.Commit(0, Set("a", 1));
        await bench.Start(reconciler);
        await bench.Until(() => bench.Letters.Count == 1, "the key is parked", TimeSpan.FromMilliseconds(10));
        Assert.Equal(20, bench.Registry.Of("ApplyDefaults").Count());

        bench.Trigger.Trigger("counters", "a", TimeSpan.Zero);
        bench.Replica.Commit(0, Set("a", 2));
        await bench.Settled();
        Assert.Equal(20, bench.Registry.Of("ApplyDefaults").Count());

        lock (bench.Letters) bench.Letters.Clear();
        await bench.Until(() => bench.Registry.Of("ApplyDefaults").Count() > 20, "the replayed key is visited again",
            TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Another_worker_leaves_a_parked_key_alone_as_well()
    {
        await using var bench = new EngineBench(new CounterFold(), Done, owned: ShardSet.None);
        bench.Letters["x"] = new DeadLetter { Id = "x", Reconciler = "counters", Resource = "a", Reason = "another worker parked it" };
        bench.Replica.Commit(0, Set("a", 1), Set("b", 1));
        var reconciler = new CounterReconciler();
        await bench.Start(reconciler);
        await bench.Until(() => bench.Parked.All.Count == 1, "the Registry's list is read");
        bench.Shards.Own(ShardSet.All);
        await bench.Until(() => reconciler.Visits.Contains("b"), "the other key is visited");
        await bench.Settled();
        Assert.DoesNotContain("a", reconciler.Visits);
    }

    [Fact]
    public async Task A_dead_letter_that_no_Registry_takes_is_sent_again_until_one_does()
    {
        await using var bench = new EngineBench(new CounterFold()) { RegistryAway = true };
        await bench.Start(new CounterReconciler());
        var key = new ReconcileKey("counters", "a");
        bench.Parked.Park(key, "for a test", null);
        await bench.Until(() => bench.Registry.Of("Park").Count() > 2, "it is sent again", TimeSpan.FromSeconds(1));
        Assert.True(bench.Parked.Contains(key));
        bench.RegistryAway = false;
        await bench.Until(() => bench.Letters.ContainsKey(DeadLetterId.Of(key)), "the Registry has it", TimeSpan.FromSeconds(1));
        Assert.True(bench.Parked.Contains(key));
    }

    [Fact]
    public async Task One_that_reports_observations_is_slowed_down_where_others_are_parked()
    {
        await using var bench = new EngineBench(new CounterFold(), Done);
        var reconciler = new CounterReconciler(
            async context =>
            {
                await CounterReconciler.Send(context);
                return TimeSpan.FromMilliseconds(10);
            },
            observes: true);
        bench.Replica.Commit(8, Set("a", 1));
        await bench.Start(reconciler);
        var start = bench.Time.GetUtcNow();
        await bench.Until(() => bench.Time.GetUtcNow() - start > TimeSpan.FromMinutes(2), "two minutes", TimeSpan.FromSeconds(1));
        Assert.InRange(bench.Registry.Of("ApplyDefaults").Count(), 1, 41);
        await bench.Until(() => bench.Registry.Of("ApplyDefaults").Count() > 41, "it goes on reporting", TimeSpan.FromSeconds(1));
        Assert.Empty(bench.Parked.All);
        Assert.All(bench.Registry.Of("ApplyDefaults"), call => Assert.Equal("0", call.Header(CommandHeaders.Depth)));
    }

    [Fact]
    public async Task Keys_dropped_from_a_full_queue_are_visited_once_there_is_room()
    {
        var names = Enumerable.Range(0, 200).Select(i => $"n{i}").ToArray();
        await using var bench = new EngineBench(new CounterFold(), options: new ReconcilingOptions { QueueCapacity = 16, Concurrency = 2 });
        bench.Replica.Commit(0, [.. names.Select(name => Set(name, 1))]);
        var reconciler = new CounterReconciler();
        await bench.Start(reconciler);
        await bench.Until(() => reconciler.Visits.Distinct().Count() == names.Length, "all are visited");

        reconciler.Visits.Clear();
        bench.Replica.Commit(0, [.. names.Select(name => Set(name, 2))]);
        await bench.Until(() => reconciler.Visits.Distinct().Count() == names.Length, "all are visited after they have changed at once");
        Assert.Equal(0, bench.Loop.Sweeps);
        await bench.Settled();
    }
}
