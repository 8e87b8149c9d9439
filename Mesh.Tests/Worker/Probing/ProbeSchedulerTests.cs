using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Tests.Worker.Support;
using static Mesh.Tests.Worker.Support.ProbingBench;

namespace Mesh.Tests.Worker.Probing;

public class ProbeSchedulerTests
{
    [Fact]
    public async Task A_newcomer_is_probed_at_once_and_passes_into_rotation()
    {
        await using var bench = new ProbingBench();
        await bench.Start();
        bench.Register(Spec("a", check: Check(intervalMs: 600_000)));
        Assert.False(bench.Instance("a").Routable);
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "the first probe counts");
        Assert.Equal(1, bench.Prober.Count("a"));
    }

    [Fact]
    public async Task Probes_come_every_interval_with_a_little_jitter()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check(intervalMs: 10_000)));
        await bench.Start();
        await bench.Until(() => bench.Prober.Count("a") == 1, "the first");
        var start = bench.Engine.Time.GetUtcNow();
        await bench.Until(() => bench.Prober.Count("a") == 11, "ten more", 250);
        Assert.InRange((bench.Engine.Time.GetUtcNow() - start).TotalSeconds, 88, 118);
    }

    [Fact]
    public async Task Fall_and_rise_take_an_instance_out_and_bring_it_back()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check(fall: 3, rise: 2)));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "passing");
        bench.Prober.Answer("a", ProbeResult.Fail("connection refused"));
        var before = bench.Prober.Count("a");
        await Probed(3, HealthState.Critical);

        // A verdict takes its time to come in; the clock hardly runs meanwhile, so that no more than one probe follows.
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "critical", stepMs: 10);
        Assert.InRange(bench.Prober.Count("a") - before, 3, 4);
        Assert.Equal("connection refused", bench.Instance("a").Status.Detail);
        bench.Prober.Answer("a", ProbeResult.Pass);
        before = bench.Prober.Count("a");
        await Probed(2, HealthState.Passing);
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "passing again", stepMs: 10);
        Assert.InRange(bench.Prober.Count("a") - before, 2, 3);

        // The health is read first: what it is by then has been probed for by then.
        Task Probed(int count, HealthState notBefore) => bench.Until(
            () =>
            {
                var (there, probes) = (bench.Instance("a").Status.Health == notBefore, bench.Prober.Count("a") - before);
                Assert.False(there && probes < count, $"{notBefore} after {probes} probes");
                return probes >= count;
            },
            "as many as it takes");
    }

    [Fact]
    public async Task A_failing_instance_that_stays_failing_adds_no_further_entries()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check()));
        bench.Prober.Answer("a", ProbeResult.Fail("no"));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Reported, "the first verdict");
        await bench.Pass(TimeSpan.FromSeconds(5));
        var sequence = bench.Engine.Replica.Current.Sequence;
        var probes = bench.Prober.Count("a");
        await bench.Pass(TimeSpan.FromMinutes(2), 500);
        Assert.True(bench.Prober.Count("a") > probes + 60);
        Assert.Equal(sequence, bench.Engine.Replica.Current.Sequence);
    }

    [Fact]
    public async Task Verdicts_of_one_tick_on_one_service_are_one_report()
    {
        await using var bench = new ProbingBench();
        var answers = new TaskCompletionSource();
        bench.Prober.Until = answers.Task;
        await bench.Start();
        bench.Register([.. Enumerable.Range(0, 20).Select(i => Spec($"i{i}", check: Check(intervalMs: 600_000)))]);

        // The clock stands still while all verdicts come in: they are of one tick.
        await bench.Engine.Until(() => bench.Prober.Probed.Count == 20, "all are asked");
        await bench.Engine.Until(() => bench.State.Find(new("default", "echo"))?.DefaultsOf.Length > 0, "the service has its defaults");
        await bench.Engine.Settled();
        answers.SetResult();
        await bench.Engine.Until(() => bench.Probes.VerdictsOf(new("default", "echo")).Length == 20, "all have answered");
        await bench.Until(() => Enumerable.Range(0, 20).All(i => bench.Instance($"i{i}").Status.Reported), "all are reported");
        Assert.Single(bench.Engine.Registry.Of("ReportHealth"));
    }

    [Fact]
    public async Task Maintenance_is_not_probed_and_draining_is()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check()), Spec("b", check: Check()), Spec("c"));
        await bench.Start();
        await bench.Until(() => bench.Prober.Count("a") > 1 && bench.Prober.Count("b") > 1, "both are probed");
        Assert.Equal(0, bench.Prober.Count("c"));
        bench.Update(Spec("a", check: Check()) with { Mode = InstanceMode.Maintenance });
        bench.Update(Spec("b", check: Check()) with { Mode = InstanceMode.Draining });
        await bench.Until(() => bench.Probes.Count == 1, "one is left");
        var (a, b) = (bench.Prober.Count("a"), bench.Prober.Count("b"));
        await bench.Pass(TimeSpan.FromSeconds(10));
        Assert.InRange(bench.Prober.Count("a"), a, a + 1);
        Assert.True(bench.Prober.Count("b") > b + 5);
        bench.Update(Spec("a", check: Check()));
        await bench.Until(() => bench.Prober.Count("a") > a + 1, "active again, probed again");
    }

    [Fact]
    public async Task What_was_counted_is_kept_across_changes_that_do_not_concern_the_check()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check(fall: 20)));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "passing");
        bench.Prober.Answer("a", ProbeResult.Fail("no"));
        var before = bench.Prober.Count("a");
        for (var weight = 1; bench.Prober.Count("a") - before < 20 && weight < 200; weight++)
        {
            bench.Update(Spec("a", check: Check(fall: 20)) with { Weight = weight });
            await bench.Pass(TimeSpan.FromMilliseconds(500));
        }

        // The verdict takes its time to come in; the clock hardly runs meanwhile, so that few probes follow.
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "critical", stepMs: 10);
        Assert.InRange(bench.Prober.Count("a") - before, 20, 24);
    }

    [Fact]
    public async Task Another_endpoint_is_probed_anew_at_once()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check(intervalMs: 600_000)));
        await bench.Start();
        await bench.Until(() => bench.Prober.Count("a") == 1, "the first endpoint");
        bench.Update(Spec("a", check: Check(intervalMs: 600_000), port: 81));
        await bench.Until(() => bench.Prober.Count("a") == 2, "the second one");
    }

    [Fact]
    public async Task Probes_follow_the_ownership_of_shards()
    {
        var names = Enumerable.Range(0, 16).Select(i => $"s{i}").ToArray();
        var half = ShardSet.Of(Enumerable.Range(0, 32));
        await using var bench = new ProbingBench(owned: half);
        bench.Register([.. names.Select(name => Spec(name, name, Check()))]);
        await bench.Start();
        var own = names.Where(name => half.Owns($"default/{name}")).ToArray();
        await bench.Until(() => own.All(name => bench.Prober.Count(name) > 1), "the own ones");
        Assert.Equal(own.Length, bench.Probes.Count);
        Assert.All(names.Except(own), name => Assert.Equal(0, bench.Prober.Count(name)));

        bench.Engine.Shards.Own(new ShardSet(~half.Bits));
        await bench.Until(() => names.Except(own).All(name => bench.Prober.Count(name) > 1), "the other ones");
        Assert.Equal(names.Length - own.Length, bench.Probes.Count);
    }

    [Fact]
    public async Task A_new_owner_probes_known_instances_within_two_seconds_whatever_their_interval()
    {
        await using var bench = new ProbingBench(owned: ShardSet.None);
        bench.Register([.. Enumerable.Range(0, 30).Select(i => Spec($"i{i}", $"s{i}", Check(intervalMs: 600_000)))]);
        foreach (var i in Enumerable.Range(0, 30))
        {
            var status = bench.Instance($"i{i}", $"s{i}").Status with
            {
                Reported = true,
                Probe = HealthState.Passing,
                Health = HealthState.Passing,
            };
            bench.Engine.Replica.Commit(0,
                Mesh.Kernel.Log.NewEvent.Of($"discovery/default/s{i}/status",
                    new InstanceHealthChanged("default", $"s{i}", [status], false)));
        }

        await bench.Start();
        bench.Engine.Shards.Own(ShardSet.All);
        var start = bench.Engine.Time.GetUtcNow();
        await bench.Until(() => Enumerable.Range(0, 30).All(i => bench.Prober.Count($"i{i}") == 1), "each is probed");
        Assert.InRange((bench.Engine.Time.GetUtcNow() - start).TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task Who_has_been_critical_for_too_long_is_deregistered()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", check: Check(deregisterAfter: 60_000)), Spec("b", check: Check()));
        bench.Prober.Answer("a", ProbeResult.Fail("no"));
        bench.Prober.Answer("b", ProbeResult.Fail("no"));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Reported, "critical");
        await bench.Pass(TimeSpan.FromSeconds(50), 500);
        Assert.NotNull(bench.Instance("a"));
        await bench.Until(() => bench.State.Find(new("default", "echo"))!.Find("a") is null, "deregistered", 250);
        Assert.NotNull(bench.Instance("b"));
    }

    [Fact]
    public async Task A_service_gets_its_defaults_once_and_never_again()
    {
        await using var bench = new ProbingBench();
        await bench.Start();
        bench.Register(Spec("a"));
        await bench.Until(() => bench.State.Find(new("default", "echo"))!.DefaultsOf.Contains("discovery"), "given");
        bench.Deregister("a");
        bench.Register(Spec("a"));
        await bench.Pass(TimeSpan.FromMinutes(3), 2_000);
        Assert.Single(bench.Engine.Replica.Entries, entry => entry.Type == DefaultsApplied.EventType);
    }
}
