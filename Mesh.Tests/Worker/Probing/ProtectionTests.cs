using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Discovery.State;
using Mesh.Kernel.Log;
using Mesh.Tests.Worker.Support;
using static Mesh.Tests.Worker.Support.ProbingBench;

namespace Mesh.Tests.Worker.Probing;

public class ProtectionTests
{
    [Fact]
    public async Task Protection_that_is_switched_off_ends_though_no_verdict_changes()
    {
        await using var bench = new ProbingBench();
        string[] ids = ["a", "b", "c"];
        bench.Register([.. ids.Select((id, n) => Spec(id, check: Check(), port: 80 + n))]);
        await bench.Start();
        await bench.Until(() => ids.All(id => bench.Instance(id).Status.Health == HealthState.Passing), "all pass");
        foreach (var id in ids) bench.Prober.Answer(id, ProbeResult.Fail("no"));
        await bench.Until(() => ids.All(id => bench.Instance(id).Status is { Health: HealthState.Critical, Protected: true }),
            "all are critical, and stay");
        await bench.Pass(TimeSpan.FromSeconds(60), 500);
        Assert.All(ids, id => Assert.True(bench.Instance(id).Routable));

        bench.Engine.Replica.Commit(0, NewEvent.Of(DiscoveryStreams.Intent(new("default", "echo")),
            new ServiceSettingsChanged("default", "echo", new ServiceSettings { EmptyPushProtection = false })));
        await bench.Until(() => ids.All(id => !bench.Instance(id).Status.Protected), "the operator's word counts at the next tick");
        Assert.All(ids, id => Assert.False(bench.Instance(id).Routable));
    }
}
