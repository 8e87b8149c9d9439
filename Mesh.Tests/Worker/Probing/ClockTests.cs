using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Tests.Worker.Support;
using static Mesh.Tests.Worker.Support.ProbingBench;

namespace Mesh.Tests.Worker.Probing;

/// <summary>A worker and a Registry whose clocks are half a minute apart.</summary>
public class ClockTests
{
    [Theory]
    [InlineData(-30)]
    [InlineData(30)]
    public async Task Instances_fall_come_back_and_are_deregistered_by_the_Registrys_clock(int ahead)
    {
        await using var bench = new ProbingBench();
        bench.Engine.Replica.Ahead = TimeSpan.FromSeconds(ahead);
        bench.Register(Spec("a", check: Check(deregisterAfter: 60_000)));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "it passes");
        bench.Prober.Answer("a", ProbeResult.Fail("no"));
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "it falls");
        bench.Prober.Answer("a", ProbeResult.Pass);
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Passing, "it comes back");

        bench.Prober.Answer("a", ProbeResult.Fail("no"));
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "it falls again");
        var since = bench.Instance("a").Status.Since;
        await bench.Until(() => bench.State.Find(new("default", "echo"))?.Find("a") is null, "it is deregistered", 250);
        var entry = bench.Engine.Replica.Entries.Single(entry => entry.Type == ServiceDeregistered.EventType);
        Assert.True(entry.Time - since >= TimeSpan.FromSeconds(60), $"critical since {since:u}, deregistered at {entry.Time:u}");

        // A worker that is early asks again every few seconds, and no more often.
        Assert.InRange(bench.Engine.Registry.Of("ExpireCritical").Count(), 1, 12);
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(30)]
    public async Task A_lease_that_has_run_out_on_Redis_clock_takes_its_instance_out_at_once(int ahead)
    {
        await using var bench = new ProbingBench();
        bench.Engine.Replica.Ahead = TimeSpan.FromSeconds(ahead);
        bench.Register(Spec("a", ttl: 5), Spec("b", ttl: 5));
        await bench.Start();
        bench.Leases.Expired[new(new("default", "echo"), "a", bench.Instance("a").Incarnation)] = true;
        await bench.Until(() => bench.Instance("a").Status.Health == HealthState.Critical, "it falls");
        Assert.Equal(HealthState.Passing, bench.Instance("b").Status.Health);
    }
}
