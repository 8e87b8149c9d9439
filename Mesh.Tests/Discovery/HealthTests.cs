using Mesh.Contracts.Discovery;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Health;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.Catalog;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class HealthTests
{
    private static readonly ServiceKey Echo = new("default", "echo");
    private readonly DiscoveryLog _log = new();

    [Fact]
    public void Without_a_check_and_a_lease_an_instance_passes()
    {
        _log.Register("a", 1);
        Assert.True(_log.Instance("a").Routable);
    }

    [Fact]
    public void With_a_check_an_instance_comes_into_rotation_when_the_first_probe_passes()
    {
        _log.Register("a", 1, input => input with { HealthCheck = new HealthCheckInput() });
        Assert.False(_log.Instance("a").Routable);
        _log.Report(HealthState.Passing, "a");
        Assert.True(_log.Instance("a").Routable);
    }

    [Fact]
    public void A_check_that_is_added_later_leaves_the_instance_in_rotation()
    {
        _log.Register("a", 1);
        _log.Register("a", 1, input => input with { HealthCheck = new HealthCheckInput() });
        Assert.True(_log.Instance("a").Routable);
    }

    [Fact]
    public void Another_address_has_to_pass_anew()
    {
        _log.RegisterChecked("a");
        _log.Register("a", 9, input => input with { HealthCheck = new HealthCheckInput() });
        Assert.False(_log.Instance("a").Routable);
    }

    [Fact]
    public void Transitions_of_one_tick_are_one_entry_and_repeating_them_none()
    {
        _log.RegisterChecked("a", "b");
        Assert.Single(_log.Report(HealthState.Warning, "a", "b").Events);
        Assert.Empty(_log.Report(HealthState.Warning, "a", "b").Events);
    }

    [Fact]
    public void A_verdict_on_an_older_incarnation_is_passed_over()
    {
        _log.RegisterChecked("a");
        var old = _log.Instance("a").Incarnation;
        _log.Register("a", 1, input => input with { Version = "v2", HealthCheck = new HealthCheckInput() });
        Assert.Empty(_log.Send(new ReportHealth(Echo, [new HealthVerdict("a", old, VerdictSource.Probe, HealthState.Critical)])).Events);
    }

    [Fact]
    public void The_worse_of_lease_and_probe_counts()
    {
        _log.RegisterChecked("a");
        _log.Send(DiscoveryLog.Verdicts(VerdictSource.Lease, HealthState.Critical, "a"));
        _log.Report(HealthState.Passing, "a");
        Assert.Equal(HealthState.Critical, _log.Instance("a").Status.Health);
        _log.Send(DiscoveryLog.Verdicts(VerdictSource.Lease, HealthState.Passing, "a"));
        Assert.Equal(HealthState.Passing, _log.Instance("a").Status.Health);
    }

    [Fact]
    public void First_transitions_are_immediate_and_more_than_four_in_five_minutes_are_flapping()
    {
        _log.RegisterChecked("a");
        for (var i = 0; i < 2; i++)
        {
            _log.Wait(1);
            _log.Report(HealthState.Critical, "a");
            _log.Wait(1);
            _log.Report(HealthState.Passing, "a");
            Assert.Equal((HealthState.Passing, false), (_log.Instance("a").Status.Health, _log.Instance("a").Status.Flapping));
        }

        _log.Wait(1);
        _log.Report(HealthState.Critical, "a");
        Assert.True(_log.Instance("a").Status.Flapping);
    }

    [Fact]
    public void A_flapping_instance_falls_at_once_and_comes_back_after_a_hold_that_doubles_to_five_minutes()
    {
        _log.RegisterChecked("a");
        for (var i = 0; i < 5; i++)
        {
            _log.Wait(1);
            _log.Report(i % 2 == 0 ? HealthState.Critical : HealthState.Passing, "a");
        }

        var holds = new List<double>();
        for (var round = 0; round < 8; round++)
        {
            var down = _log.Now;
            while (_log.Instance("a").Status.Health == HealthState.Critical)
            {
                _log.Wait(1);
                _log.Report(HealthState.Passing, "a");
            }

            holds.Add((_log.Now - down).TotalSeconds);
            Assert.Equal(HealthState.Warning, _log.Instance("a").Status.Health);
            _log.Wait(1);
            _log.Report(HealthState.Critical, "a");
            Assert.Equal(HealthState.Critical, _log.Instance("a").Status.Health);
        }

        Assert.Equal([10, 20, 40, 80, 160, 300, 300, 300], holds);
    }

    [Fact]
    public void Five_stable_minutes_end_the_flapping()
    {
        _log.RegisterChecked("a");
        for (var i = 0; i < 5; i++)
        {
            _log.Wait(1);
            _log.Report(i % 2 == 0 ? HealthState.Critical : HealthState.Passing, "a");
        }

        _log.Wait(10);
        _log.Report(HealthState.Passing, "a");
        Assert.True(_log.Instance("a").Status.Flapping);
        _log.Wait(300);
        _log.Report(HealthState.Passing, "a");
        Assert.Equal((HealthState.Passing, false, 0),
            (_log.Instance("a").Status.Health, _log.Instance("a").Status.Flapping, _log.Instance("a").Status.HoldSeconds));
    }

    [Fact]
    public void When_most_would_go_at_once_the_last_set_stays_as_protected()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Report(HealthState.Critical, "a", "b");
        Assert.Equal([true, true, false], _log.Service().Instances.Select(i => i.Status.Protected));
        Assert.All(_log.Service().Instances, instance => Assert.True(instance.Routable));
    }

    [Fact]
    public void Falls_within_thirty_seconds_count_together_and_those_gone_come_back()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Report(HealthState.Critical, "a");
        Assert.False(_log.Instance("a").Routable);
        _log.Wait(29);
        _log.Report(HealthState.Critical, "b");
        Assert.All(_log.Service().Instances, instance => Assert.True(instance.Routable));
    }

    [Fact]
    public void Falls_that_lie_further_apart_are_believed_until_the_last_one()
    {
        _log.RegisterChecked("a", "b", "c", "d");
        foreach (var id in new[] { "a", "b", "c" })
        {
            _log.Report(HealthState.Critical, id);
            Assert.False(_log.Instance(id).Routable);
            _log.Wait(31);
        }

        _log.Report(HealthState.Critical, "d");
        Assert.True(_log.Instance("d").Routable);
    }

    [Fact]
    public void Expired_leases_count_for_the_protection_too()
    {
        foreach (var n in new[] { 1, 2, 3 }) _log.Register($"i{n}", n, input => input with { TtlSeconds = 10 });
        foreach (var n in new[] { 1, 2, 3 })
        {
            _log.Send(DiscoveryLog.Verdicts(VerdictSource.Lease, HealthState.Critical, $"i{n}"));
            _log.Wait(1);
        }

        Assert.All(_log.Service().Instances, instance => Assert.True(instance.Routable));
    }

    [Fact]
    public void Services_of_two_instances_are_not_protected()
    {
        _log.RegisterChecked("a", "b");
        _log.Report(HealthState.Critical, "a", "b");
        Assert.All(_log.Service().Instances, instance => Assert.False(instance.Routable));
    }

    [Fact]
    public void Protection_ends_when_most_are_back()
    {
        _log.RegisterChecked("a", "b", "c", "d");
        _log.Report(HealthState.Critical, "a", "b", "c");
        _log.Wait(60);
        _log.Report(HealthState.Passing, "a", "b");
        Assert.Equal([true, true, false, true], _log.Service().Instances.Select(i => i.Routable));
    }

    [Fact]
    public void Protection_is_switched_off_for_a_service()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Send(new ChangeSettings(Echo, new ServiceSettings { EmptyPushProtection = false }));
        _log.Report(HealthState.Critical, "a", "b", "c");
        Assert.All(_log.Service().Instances, instance => Assert.False(instance.Routable));
    }

    [Fact]
    public void Deregistration_drain_and_maintenance_always_pass()
    {
        _log.RegisterChecked("a", "b", "c");
        _log.Report(HealthState.Critical, "a", "b", "c");
        _log.Send(new SetMode(Echo, "a", InstanceMode.Draining));
        _log.Send(new SetMode(Echo, "b", InstanceMode.Maintenance));
        Assert.Equal([false, false, true], _log.Service().Instances.Select(i => i.Routable));
        _log.Send(new DeregisterInstances(Echo, null));
        Assert.Empty(_log.Discovery.Services);
        Assert.Empty(_log.Service().Instances);
    }

    [Fact]
    public void Every_so_many_entries_the_whole_status_is_restated_so_that_older_payloads_may_go()
    {
        _log.Register("a", 1, input => input with { Address = "host.local", HealthCheck = new HealthCheckInput() });
        _log.Register("b", 2);
        _log.Send(
            new Mesh.Discovery.Addresses.ReportAddresses(Echo,
                System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty.Add(
                    "host.local", ["10.1.1.1"])));
        while (_log.FullStatuses.Count == 0)
        {
            _log.Wait(301);
            _log.Report(_log.Instance("a").Status.Probe == HealthState.Passing ? HealthState.Critical : HealthState.Passing, "a");
        }

        var full = _log.FullStatuses[^1];
        var dropped = _log.Entries.Select(
            e => e.Sequence < full && e.Stream.EndsWith("/status", StringComparison.Ordinal) ? e with { Data = default } : e).ToList();
        var state = _log.Folder.Apply(_log.Folder.Empty(_log.Entries[0].Log), dropped);
        Assert.Equal(_log.Bytes(_log.State), _log.Bytes(state));
    }

    [Fact]
    public void Resolved_addresses_are_recorded_once_and_only_for_the_host_that_was_looked_up()
    {
        _log.Register("a", 1, input => input with { Address = "host.local" });
        var hosts = System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty
            .Add("host.local", ["10.1.1.2", "10.1.1.1"]).Add("other.local", ["10.9.9.9"]);
        Assert.Single(_log.Send(new Mesh.Discovery.Addresses.ReportAddresses(Echo, hosts)).Events);
        Assert.Empty(_log.Send(new Mesh.Discovery.Addresses.ReportAddresses(Echo, hosts)).Events);
        Assert.Equal(["10.1.1.1", "10.1.1.2"], _log.Instance("a").View.Addresses);
        _log.Register("a", 1, input => input with { Address = "third.local" });
        Assert.Empty(_log.Instance("a").View.Addresses);
    }
}
