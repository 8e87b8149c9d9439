using Mesh.Contracts.Discovery;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Tests.Worker.Support;
using static Mesh.Tests.Worker.Support.ProbingBench;

namespace Mesh.Tests.Worker.Probing;

public class LeaseExpirerTests
{
    private static LeaseKey Key(string id, long incarnation = 1) => new(new("default", "echo"), id, incarnation);

    [Fact]
    public async Task A_lease_that_has_run_out_takes_its_instance_out()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", ttl: 30), Spec("b", ttl: 30));
        await bench.Start();
        bench.Leases.Expired[Key("a")] = true;
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "critical");
        Assert.Equal("lease of 30 s ran out", bench.Instance("a").Status.Detail);
        Assert.Equal(HealthState.Passing, bench.Instance("b").Status.Health);
        var sequence = bench.Engine.Replica.Current.Sequence;
        await bench.Pass(TimeSpan.FromMinutes(2), 1_000);
        Assert.Equal(sequence, bench.Engine.Replica.Current.Sequence);
    }

    [Fact]
    public async Task A_heartbeat_right_before_the_command_saves_the_instance()
    {
        await using var bench = new ProbingBench();
        bench.Leases.BeforeSecondLook = key => bench.Leases.Expired.TryRemove(key, out _);
        bench.Register(Spec("a", ttl: 30));
        await bench.Start();
        bench.Leases.Expired[Key("a")] = true;
        await bench.Until(() => bench.Leases.Expired.IsEmpty, "it was read again");
        await bench.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(HealthState.Passing, bench.Instance("a").Status.Health);
        Assert.Empty(bench.Engine.Registry.Of("ReportHealth"));
    }

    [Fact]
    public async Task Nothing_expires_while_expiry_is_suspended()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", ttl: 30));
        bench.Leases.Suspended = "Redis cannot be reached";
        bench.Leases.Expired[Key("a")] = true;
        await bench.Start();
        await bench.Pass(TimeSpan.FromSeconds(20));
        Assert.Equal(HealthState.Passing, bench.Instance("a").Status.Health);
        bench.Leases.Suspended = null;
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "now it does");
    }

    [Fact]
    public async Task The_lease_of_an_older_incarnation_or_of_nobody_is_released_and_counts_for_nothing()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", ttl: 30));
        bench.Update(Spec("a", ttl: 31));
        await bench.Start();
        bench.Leases.Expired[Key("a", 1)] = true;
        bench.Leases.Expired[Key("gone", 1)] = true;
        bench.Leases.Expired[Key("a", 3)] = true;
        await bench.Until(() => bench.Leases.Released.Count == 2, "released");
        Assert.Equal(["a", "gone"], bench.Leases.Released.Select(key => key.InstanceId).Order());
        Assert.Equal(HealthState.Passing, bench.Instance("a").Status.Health);
        Assert.True(bench.Leases.Expired.ContainsKey(Key("a", 3)));
    }

    [Fact]
    public async Task Leases_that_Redis_has_lost_are_made_again_by_the_owner_of_their_shard()
    {
        await using var bench = new ProbingBench(owned: ShardSet.None);
        bench.Register(Spec("a", ttl: 30), Spec("b"));
        await bench.Start();
        await bench.Pass(TimeSpan.FromSeconds(3));
        Assert.Empty(bench.Leases.Ensured);
        bench.Engine.Shards.Own(ShardSet.All);
        await bench.Until(() => !bench.Leases.Ensured.IsEmpty, "made at once");
        Assert.Equal([Key("a")], bench.Leases.Ensured.Keys);
        bench.Leases.Ensured.Clear();
        await bench.Until(() => !bench.Leases.Ensured.IsEmpty, "and again with every sweep", 500);
    }

    [Fact]
    public async Task A_lease_is_released_once_the_log_calls_its_instance_expired()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", ttl: 30));
        await bench.Start();
        bench.Leases.Expired[Key("a")] = true;
        await bench.Until(() => bench.Instance("a").Status.Lease == HealthState.Critical, "critical");
        await bench.Until(() => bench.Leases.Released.Contains(Key("a")), "released");
        Assert.Empty(bench.Leases.Expired);
    }
}
