using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Api;
using Mesh.Discovery.Register;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Leases;
using Mesh.Tests.Discovery.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Discovery;

public class LeaseTests
{
    private static readonly ServiceKey Echo = new("default", "echo");
    private readonly DiscoveryLog _log = new();
    private readonly RecordedLeases _leases = new();
    private readonly DiscoveryWrites _writes;

    public LeaseTests()
    {
        var bus = new DirectBus(_log);
        _writes = new DiscoveryWrites(bus, new StateReads(bus, TimeProvider.System), _leases, new FakeTimeProvider(_log.Now),
            NullLogger<DiscoveryWrites>.Instance);
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private ValueTask<CommandOutcome> Register(int ttl) => _writes.RegisterAsync(
        DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "a", Url = "http://10.0.0.1", TtlSeconds = ttl }),
        new CommandCaller(), Ending);

    [Fact]
    public async Task A_registration_with_a_TTL_begins_its_lease_and_one_without_has_none()
    {
        await Register(0);
        Assert.Empty(_leases.Renewed);
        await Register(30);
        var lease = Assert.Single(_leases.Renewed);
        Assert.Equal((new LeaseKey(Echo, "a", _log.Instance("a").Incarnation), 30.0), (lease.Key, lease.Ttl.TotalSeconds));
    }

    [Fact]
    public async Task A_heartbeat_never_enters_the_log()
    {
        await Register(30);
        var head = _log.State.Sequence;
        Assert.Null((await _writes.HeartbeatAsync(Echo, "a", 0, Ending)).Refusal);
        Assert.Equal((head, 2), (_log.State.Sequence, _leases.Renewed.Count));
    }

    [Fact]
    public async Task A_heartbeat_on_an_expired_instance_restores_it()
    {
        await Register(30);
        _log.Send(DiscoveryLog.Verdicts(Mesh.Discovery.Health.VerdictSource.Lease, HealthState.Critical, "a"));
        Assert.False(_log.Instance("a").Routable);
        await _writes.HeartbeatAsync(Echo, "a", 0, Ending);
        Assert.True(_log.Instance("a").Routable);
    }

    [Fact]
    public async Task Registering_an_expired_instance_again_restores_it_though_nothing_else_changed()
    {
        await Register(30);
        _log.Send(DiscoveryLog.Verdicts(Mesh.Discovery.Health.VerdictSource.Lease, HealthState.Critical, "a"));
        Assert.False((await Register(30)).Changed);
        Assert.True(_log.Instance("a").Routable);
    }

    [Fact]
    public async Task Where_leases_cannot_be_recorded_registrations_and_heartbeats_are_taken_all_the_same()
    {
        _leases.Away = true;
        Assert.True((await Register(30)).Changed);
        var heartbeat = await _writes.HeartbeatAsync(Echo, "a", 0, Ending);
        Assert.Equal((null, true), (heartbeat.Refusal, heartbeat.Degraded));
    }
}
