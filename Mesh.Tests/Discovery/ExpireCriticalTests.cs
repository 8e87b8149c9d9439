using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Health;
using Mesh.Discovery.Register;
using Mesh.Kernel.Catalog;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class ExpireCriticalTests
{
    private static readonly ServiceKey Echo = new("default", "echo");
    private readonly DiscoveryLog _log = new();

    [Fact]
    public void What_is_critical_for_too_long_is_deregistered()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Report(HealthState.Critical, "a");
        _log.Wait(59);
        Assert.Empty(_log.Send(new ExpireCritical(Echo)).Events);
        _log.Wait(1);
        _log.Send(new ExpireCritical(Echo));
        Assert.Equal(["b", "c"], _log.Service().Instances.Select(i => i.Id));
    }

    [Fact]
    public void An_instance_with_a_lease_and_no_check_is_deregistered_too_when_it_was_gone_for_too_long()
    {
        foreach (var id in new[] { "a", "b", "c" })
            _log.Register(id, id[0], input => input with { TtlSeconds = 30, DeregisterAfterCritical = "5m" });
        _log.Send(DiscoveryLog.Verdicts(VerdictSource.Lease, HealthState.Critical, "b"));
        _log.Wait(299);
        Assert.Empty(_log.Send(new ExpireCritical(Echo)).Events);
        _log.Wait(1);
        Assert.Equal(1, Assert.IsType<DiscoveryAnswer>(_log.Send(new ExpireCritical(Echo)).Answer).Affected);
        Assert.Equal(["a", "c"], _log.Service().Instances.Select(i => i.Id));
        Assert.Empty(_log.Send(new ExpireCritical(Echo)).Events);
    }

    [Fact]
    public void How_long_it_may_be_critical_may_be_said_of_the_instance_or_in_its_check()
    {
        _log.Register("a", 1, input => input with { HealthCheck = new HealthCheckInput { Kind = "tcp" }, DeregisterAfterCritical = "2m" });
        Assert.Equal((120_000, 0),
            (_log.Instance("a").Spec.HealthCheck!.DeregisterAfterCriticalMs, _log.Instance("a").Spec.DeregisterAfterCriticalMs));
        Assert.Empty(
            _log.Register("a", 1,
                input => input with { HealthCheck = new HealthCheckInput { Kind = "tcp", DeregisterAfterCritical = "2m" } }).Events);
    }

    [Fact]
    public void Protected_ones_and_those_never_probed_are_not_deregistered()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Report(HealthState.Critical, "a", "b", "c");
        _log.Register("d", 9, input => input with { HealthCheck = new HealthCheckInput { DeregisterAfterCritical = "1m" } });
        _log.Wait(3600);
        Assert.Empty(_log.Send(new ExpireCritical(Echo)).Events);
    }
}
