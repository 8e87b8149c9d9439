using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;

namespace Mesh.Tests.Traffic.Delivery;

public class BlueGreenDecideTests
{
    private readonly DeliveryLog _log = new();

    [Fact]
    public void A_switch_is_one_command_and_its_rollback_leads_where_it_led_before()
    {
        _log.Log.Set(
            """{"service":"shop","destinations":[{"service":"shop","subset":"v1","weight":70},"""
                + """{"service":"shop","subset":"v3","weight":30}]}""");
        Assert.Equal([BlueGreenSwitched.EventType, RouteSet.EventType], _log.Switch("shop@v2").Events.Select(e => e.Type));
        Assert.Equal("shop@v2 100", _log.Leads());
        Assert.Empty(_log.Switch("shop@v2").Events);
        Assert.Equal([BlueGreenRolledBack.EventType, RouteSet.EventType], _log.RollBack().Events.Select(e => e.Type));
        Assert.Equal("shop@v1 70, shop@v3 30", _log.Leads());
        Assert.Empty(_log.RollBack().Events);
    }

    [Fact]
    public void Where_there_was_no_route_a_rollback_leaves_none_unless_more_has_been_said_of_it()
    {
        _log.Switch("shop@v2");
        _log.RollBack();
        Assert.Null(_log.Leads());
        _log.Switch("shop@v2");
        _log.Log.Set("""{"service":"shop","name":"default","timeout":"1s","destinations":[{"service":"shop","subset":"v2"}]}""");
        _log.RollBack();
        Assert.Equal("shop 100", _log.Leads());
    }

    [Fact]
    public void What_somebody_has_changed_since_is_not_rolled_back()
    {
        Assert.Equal((RefusalKind.NotFound, "unknown-switch"), DeliveryLog.Refused(_log.RollBack()));
        _log.Switch("shop@v2");
        _log.Log.Set("""{"service":"shop","name":"default","destinations":[{"service":"shop","subset":"v3"}]}""");
        var refused = _log.RollBack();
        Assert.Equal((RefusalKind.Conflict, "changed-since"), DeliveryLog.Refused(refused));
        Assert.Contains("leads to shop@v3", refused.Refusal!.Problems[0].Message, StringComparison.Ordinal);
        _log.Log.Remove("shop", "default");
        Assert.Contains("is gone", _log.RollBack().Refusal!.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_switched_to_nobody_nor_under_a_running_canary()
    {
        Assert.Equal((RefusalKind.Conflict, "not-served"), DeliveryLog.Refused(_log.Switch("shop@v9")));
        Assert.Equal((RefusalKind.NotFound, "unknown-route"), DeliveryLog.Refused(_log.Switch("shop@v2", "cart")));
        _log.Switch("shop@v1");
        _log.Start();
        Assert.Equal((RefusalKind.Conflict, "canary-running"), DeliveryLog.Refused(_log.Switch("shop@v3")));
        Assert.Equal((RefusalKind.Conflict, "canary-running"), DeliveryLog.Refused(_log.RollBack()));
        // A canary that was taken back leaves everything as it was, the rollback too.
        _log.Abort();
        Assert.NotEmpty(_log.RollBack().Events);
        Assert.Null(_log.Leads());
    }
}
