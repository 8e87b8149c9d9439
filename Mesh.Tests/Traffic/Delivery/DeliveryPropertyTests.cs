using CsCheck;
using Mesh.Traffic.Delivery.Decisions;

namespace Mesh.Tests.Traffic.Delivery;

public class DeliveryPropertyTests
{
    private static readonly Gen<string> Moves = Gen.Frequency(
        (3, Gen.Const("start v2")), (1, Gen.Const("start v3")), (3, Gen.Const("next")), (1, Gen.Const("step 2")), (1, Gen.Const("all")),
        (1, Gen.Const("abort")),
        (3, Gen.Const("well")), (2, Gen.Const("ill")), (2, Gen.Const("late well")), (1, Gen.Const("late ill")), (1, Gen.Const("switch")),
        (1, Gen.Const("rollback")), (2, Gen.Const("time")),
        (1, Gen.Const("route")), (1, Gen.Const("no route")));

    [Fact]
    public void Whatever_comes_in_whatever_order_weights_add_up_and_the_route_says_what_the_delivery_says() =>
        Moves.Array[1, 40].Sample(moves =>
    {
        var log = new DeliveryLog();
        foreach (var move in moves)
        {
            Do(log, move);
            if (log.Delivery?.Running is not { } canary) continue;
            var to = log.Log.Traffic.Find(DeliveryLog.Shop)!.Routes["default"].Spec.Destinations!;
            Assert.Equal(100, to.Sum(one => one.Weight));
            Assert.Equal(canary.Weight, to.Single(one => $"shop@{one.Subset}" == canary.Spec.Canary).Weight);
            Assert.Equal(100 - canary.Weight, to.Single(one => $"shop@{one.Subset}" == canary.Spec.Stable).Weight);
            Assert.InRange(canary.Step, 1, canary.Spec.Steps!.Count);
        }

        // What is decided again is so already, in the state that was folded and in the one that was saved and read.
        foreach (var again in (string[])["late well", "late ill"]) Assert.False(Do(log, again));
        var saved = log.Log.Bytes(log.Log.State);
        using var stream = new MemoryStream(saved);
        var read = (Mesh.Traffic.State.TrafficState)log.Log.Folder.Folds[1].Load(stream);
        using var target = new MemoryStream();
        log.Log.Folder.Folds[1].Save(read, target);
        Assert.Equal(saved, target.ToArray());
        Assert.Equal(log.Log.Traffic.Canaries, read.Canaries);

        // The whole log folded at once is the same state.
        var folded = log.Log.Folder.Apply(log.Log.Folder.Empty(log.Log.State.Position.Log), log.Log.Entries);
        Assert.Equal(saved, log.Log.Bytes(folded));

        // And every canary can be ended.
        Do(log, "abort");
        Assert.Null(log.Delivery?.Running);
    }, iter: 500, seed: "0000KOIPe036", print: moves => string.Join(", ", moves));

    private static bool Do(DeliveryLog log, string move)
    {
        var canary = log.Delivery?.Canary;
        var guard = canary is null ? new CanaryGuard(1, 1) : new CanaryGuard(canary.Id, canary.Step);
        var decision = move switch
        {
            "start v2" => log.Start(),
            "start v3" => log.Start("""{"service":"shop","stable":"shop@v1","canary":"shop@v3","steps":[1,2,3,4]}"""),
            "next" => log.Promote(),
            "step 2" => log.Promote(step: 2),
            "all" => log.Promote(all: true),
            "abort" => log.Abort(),
            "well" => log.Log.Send(new AdvanceCanary(DeliveryLog.Shop) { Guard = guard }),
            "ill" => log.Abort(guard),
            "late well" => log.Log.Send(new AdvanceCanary(DeliveryLog.Shop) { Guard = guard with { Step = guard.Step - 1 } }),
            "late ill" => log.Abort(guard with { Canary = guard.Canary - 1 }),
            "switch" => log.Switch("shop@v1"),
            "rollback" => log.RollBack(),
            "route" => log.Log.Set("""{"service":"shop","name":"default","destinations":[{"service":"shop","subset":"v1"}]}"""),
            "no route" => log.Log.Remove("shop", "default"),
            _ => null,
        };
        if (move == "time") log.Log.Now += TimeSpan.FromMinutes(2);
        return decision is { Events.Count: > 0 };
    }
}
