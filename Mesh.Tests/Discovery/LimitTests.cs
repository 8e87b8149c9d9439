using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Discovery;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Commands;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class LimitTests
{
    private readonly DiscoveryLog _log = new();

    [Fact]
    public void A_service_at_its_limit_takes_no_further_instance_but_updates_and_replacements()
    {
        for (var i = 0; i < DiscoveryLimits.InstancesPerService; i++)
            _log.Send(
                DiscoveryLog.Command(new RegisterInput
                {
                    Name = "echo",
                    InstanceId = $"i{i}",
                    Address = $"10.0.{i / 250}.{i % 250}",
                    Port = 80,
                }));
        Assert.Equal(RefusalKind.LimitReached, _log.Register("more", 251).Refusal!.Kind);
        Assert.Null(
            _log.Decide(
                DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "i1", Url = "http://10.9.9.9", Weight = 5 })).Refusal);
        Assert.Null(
            _log.Decide(
                DiscoveryLog.Command(new RegisterInput
                {
                    Name = "echo",
                    InstanceId = "only",
                    Url = "http://10.9.9.9",
                    Replace = true,
                })).Refusal);
    }

    [Fact]
    public void What_a_namespace_uses_is_counted_as_services_come_and_go()
    {
        var state = DiscoveryState.Empty.With(new ServiceState
        {
            Key = new("a", "x"),
            Settings = new ServiceSettings { EmptyPushProtection = false },
        });
        Assert.Equal(new NamespaceUse(1, 0), state.Use("a"));
        Assert.Equal(default, state.With(new ServiceState { Key = new("a", "x") }).Use("a"));
    }

    [Fact]
    public void A_namespace_has_so_many_watches_at_a_time_and_a_closed_one_makes_room()
    {
        var gate = new WatchGate();
        var open = Enumerable.Range(0, DiscoveryLimits.WatchesPerNamespace).Select(_ => gate.TryEnter("a")).ToList();
        Assert.DoesNotContain(null, open);
        Assert.Null(gate.TryEnter("a"));
        Assert.NotNull(gate.TryEnter("b"));
        open[0]!.Dispose();
        open[0]!.Dispose();
        Assert.NotNull(gate.TryEnter("a"));
        Assert.Null(gate.TryEnter("a"));
    }
}
