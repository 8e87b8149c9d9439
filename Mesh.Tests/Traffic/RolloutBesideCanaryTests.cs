using System.Text.Json;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Tests.Traffic.Delivery;
using Mesh.Traffic.Rollouts;
using Mesh.Traffic.State;

namespace Mesh.Tests.Traffic;

/// <summary>While a canary runs on a route, its steps alone set the route's destinations: a rollout leaves them alone.</summary>
public class RolloutBesideCanaryTests
{
    private const string Other =
        """{"service":"shop","percent":50,"routes":[{"service":"shop","name":"beta","match":[{"path":{"prefix":"/b"}}],"destinations":"""
            + """[{"service":"shop@v3"}]}]}""";
    private const string Same =
        """{"service":"shop","percent":50,"routes":[{"service":"shop","name":"default","destinations":[{"service":"shop@v3"}]}]}""";
    private const string Removal = """{"service":"shop","percent":50,"removeRoutes":["default"]}""";
    private static readonly (RefusalKind, string) Held = (RefusalKind.Conflict, "canary-running");
    private readonly DeliveryLog _delivery = new();

    private RolloutState Rollout => _delivery.Log.Traffic.Find(DeliveryLog.Shop)!.Rollout!;

    private Decision Roll(string body)
    {
        using var document = JsonDocument.Parse(body);
        var faults = new Faults();
        var rollout = RolloutReader.Read(document.RootElement, faults);
        Assert.True(rollout is not null, string.Join("; ", faults.ToRefusal()?.Problems ?? []));
        return _delivery.Log.Send(new StartRollout(rollout));
    }

    private Decision Move(RolloutMove move, int? percent = null) =>
        _delivery.Log.Send(new MoveRollout(DeliveryLog.Shop, move) { Percent = percent });

    private void Baked() => _delivery.Log.Now = Rollout.Since + Rollout.Bake;

    [Theory]
    [InlineData(Same)]
    [InlineData(Removal)]
    public void A_rollout_of_the_destinations_of_a_canarys_route_is_refused_and_changes_nothing(string body)
    {
        Assert.Null(_delivery.Start().Refusal);
        var (before, led) = (_delivery.Log.State.Sequence, _delivery.Leads());

        Assert.Equal(Held, DeliveryLog.Refused(Roll(body)));
        Assert.Equal((before, led), (_delivery.Log.State.Sequence, _delivery.Leads()));

        // When the canary has ended, nothing is in the way.
        Assert.Null(_delivery.Abort().Refusal);
        Assert.Null(Roll(body).Refusal);
    }

    [Fact]
    public void A_rollout_of_another_route_runs_and_completes_beside_a_canary()
    {
        Assert.Null(_delivery.Start().Refusal);
        var led = _delivery.Leads();

        Assert.Null(Roll(Other).Refusal);
        Baked();
        Assert.Null(Move(RolloutMove.Complete, 50).Refusal);
        Assert.Equal(RolloutPhase.Completed, Rollout.Phase);
        Assert.Equal((led, "shop@v3 100"), (_delivery.Leads(), _delivery.Leads("beta")));
    }

    [Fact]
    public void A_rollout_waits_for_the_end_of_a_canary_that_was_started_after_it()
    {
        Assert.Null(Roll(Same).Refusal);
        Assert.Null(_delivery.Start().Refusal);
        var led = _delivery.Leads();

        Baked();
        foreach (var refused in new[] { Move(RolloutMove.Complete, 50), Move(RolloutMove.Advance), Move(RolloutMove.Advance, 100) })
            Assert.Equal(Held, DeliveryLog.Refused(refused));
        Assert.Equal((RolloutPhase.Running, 50, led), (Rollout.Phase, Rollout.Percent, _delivery.Leads()));

        // A larger share is no completion; and going back is always possible.
        Assert.Null(Move(RolloutMove.Advance, 80).Refusal);
        Assert.Equal((80, led), (Rollout.Percent, _delivery.Leads()));
        Assert.Null(_delivery.Abort().Refusal);
        Baked();
        Assert.Null(Move(RolloutMove.Complete, 80).Refusal);
        Assert.Equal("shop@v3 100", _delivery.Leads());
    }
}
