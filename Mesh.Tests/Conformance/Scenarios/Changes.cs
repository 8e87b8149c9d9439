namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>What a change costs active calls: nothing.</summary>
internal static class Changes
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("remove_instance_group", "under load, half of the instances are removed and no call fails", RemoveGroup),
        new("change_backend_service", "under load, a route is turned to another service and no call fails", ChangeService),
        new("drain", "under load, an instance is drained: it gets no more calls, and none fails", Drain),
        new("rolling_replacement",
            "under load, the only instance is replaced by another again and again, each in one command, and no call fails", Replace),
        new("many_changes",
            "under load, 60 changes of routes, instances and policies come faster than they are answered: no call fails, and what was "
                + "last said holds", Many),
        new("weights_under_load",
            "under 200 calls a second, weights change and no call fails; 1,000 calls after the ACK follow the new ones", WeightsUnderLoad),
        new("blue_green",
            "under load, everything is switched to the other version and back: no call fails, and after the ACK none goes to the old one",
            BlueGreen),
        new("unresolved_destination", "calls to a destination that nobody serves are unavailable at once, and succeed when it comes",
            bench => Unresolved(bench)),
        new("unresolved_destination_named", "they are told its name", bench => Unresolved(bench, named: true),
            bench => Unresolved(bench, named: false)),
        new("unknown_service", "calls to a service that the mesh does not know are unavailable at once, and succeed when it comes", Unknown,
            NotFound),
        new("api_listener", "a service that goes is unavailable, others are not; it comes back", Goes, GoesNotFound),
        new("fail_static", "while the control plane is unavailable everything stays as it was; the next one's changes arrive", FailStatic),
        new("nack_keeps_last_good",
            "a cluster that is refused shows with its reason, the last good one stays, other services go on, and the next good one counts",
            Nack),
    ];

    private static async Task RemoveGroup(Bench bench)
    {
        var stay = new[] { await bench.Backend("stays-1"), await bench.Backend("stays-2") };
        var go = new[] { await bench.Backend("goes-1"), await bench.Backend("goes-2") };
        await bench.Reaches([.. stay, .. go]);
        await bench.UnderLoad(async () =>
        {
            foreach (var backend in go) await bench.Deregister(backend);
            await bench.Reaches(stay);
        });
        Assert.All(await bench.GoodCalls(40), c => Assert.StartsWith("stays", c.Server));
    }

    private static async Task ChangeService(Bench bench)
    {
        var old = new[] { await bench.Backend("old-1"), await bench.Backend("old-2") };
        var next = new[] { await bench.Backend("next-1", of: bench.Other("next")), await bench.Backend("next-2", of: bench.Other("next")) };
        await bench.Reaches(old);
        await bench.UnderLoad(async () =>
        {
            await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Other("next") } } });
            await bench.Reaches(next);
        });
        Assert.All(await bench.GoodCalls(40), c => Assert.StartsWith("next", c.Server));
    }

    private static async Task Drain(Bench bench)
    {
        var (stays, drained) = (await bench.Backend("stays"), await bench.Backend("drained"));
        await bench.Reaches(stays, drained);
        await bench.UnderLoad(async () =>
        {
            await bench.Mode(drained, "draining");
            await bench.Reaches(stays);
            await drained.Stop();
            await bench.GoodCalls(20);
        });
        await drained.Start();
        await bench.Mode(drained, "active");
        await bench.Reaches(stays, drained);
    }

    private static async Task Replace(Bench bench)
    {
        var now = await bench.Backend("instance-0");
        await bench.Reaches(now);
        await bench.UnderLoad(async () =>
        {
            for (var i = 1; i <= 5; i++)
            {
                var next = await bench.Backend($"instance-{i}", replace: true);
                await bench.Reaches(next);
                await now.Stop();
                now = next;
            }
        });
    }

    private static async Task Many(Bench bench)
    {
        var random = bench.Seeded();
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        var extra = await bench.Backend("extra", version: "v1");
        await bench.Route(Routing.Split(bench, 50, 50));
        await bench.Reaches(one, two, extra);
        await bench.UnderLoad(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                await (random.Next(5) switch
                {
                    0 => bench.Deregister(extra),
                    1 => bench.Register(extra, version: "v1", weight: random.Next(1, 200)),
                    2 => bench.Resilience("timeouts", new { service = bench.Service, request = $"{random.Next(20, 40)}s" }),
                    3 => bench.Policy(new { loadBalancing = new { policy = random.Next(2) == 0 ? "round_robin" : "least_request" } }),
                    _ => bench.Route(Routing.Split(bench, random.Next(1, 100), random.Next(1, 100))),
                });
            }

            await bench.Route(Routing.Split(bench, 0, 100));
            await bench.Settled();
            Assert.All(await bench.GoodCalls(100), c => Assert.Equal(two.Name, c.Server));
        });
    }

    private static async Task WeightsUnderLoad(Bench bench)
    {
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        await bench.Route(Routing.Split(bench, 50, 50));
        await bench.Reaches(one, two);
        await bench.UnderLoad(async () =>
        {
            foreach (var weight in (int[])[80, 30, 60, 20])
            {
                await bench.Route(Routing.Split(bench, 100 - weight, weight));
                await bench.Settled();
            }

            var calls = await bench.GoodCalls(1_000, atOnce: 4);
            Bounds.Share(0.2, calls.Count(c => c.Server == two.Name), calls.Count);
        });
    }

    private static async Task BlueGreen(Bench bench)
    {
        var (blue, green) = (await bench.Backend("blue", version: "v1"), await bench.Backend("green", version: "v2"));
        await bench.Route(Routing.Split(bench, 100, 0));
        await bench.Reaches(blue);
        await bench.UnderLoad(async () =>
        {
            foreach (var (one, two, now) in ((int, int, Backend)[])[(0, 100, green), (100, 0, blue), (0, 100, green)])
            {
                await bench.Route(Routing.Split(bench, one, two));
                await bench.Settled();
                Assert.All(await bench.GoodCalls(100, atOnce: 4), c => Assert.Equal(now.Name, c.Server));
            }
        });
    }

    private static async Task Unresolved(Bench bench, bool? named = null)
    {
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Other("later") } } });
        await bench.Settled();
        var call = await bench.Call();
        Assert.Equal(Outcome.Unavailable, call.Outcome);
        if (named is { } wanted) Assert.Equal(wanted, call.Text.Contains(bench.Other("later"), StringComparison.Ordinal));
        var late = await bench.Backend("late", of: bench.Other("later"));
        await bench.Ends(Outcome.Ok);
        await bench.Reaches(late);
    }

    private static Task Unknown(Bench bench) => Comes(bench, Outcome.Unavailable);

    private static Task NotFound(Bench bench) => Comes(bench, Outcome.NotFound);

    private static async Task Comes(Bench bench, Outcome without)
    {
        Assert.Equal(without, (await bench.Call()).Outcome);
        var late = await bench.Backend("late");
        await bench.Ends(Outcome.Ok);
        await bench.Reaches(late);
    }

    private static Task Goes(Bench bench) => Goes(bench, Outcome.Unavailable);

    private static Task GoesNotFound(Bench bench) => Goes(bench, Outcome.NotFound);

    private static async Task Goes(Bench bench, Outcome without)
    {
        var (one, other) = (await bench.Backend("one"), await bench.Backend("other", of: bench.Other("other")));
        await bench.Reaches(one);
        await bench.Reaches(new CallSpec(bench.Other("other")), other);
        await bench.Deregister(one);
        await bench.Settled();
        await bench.Ends(without);
        Assert.All(await bench.Calls(5), c => Assert.Equal(without, c.Outcome));
        await bench.GoodCalls(5, new CallSpec(bench.Other("other")));
        await bench.Register(one);
        await bench.Ends(Outcome.Ok);
        await bench.Reaches(one);
    }

    private static async Task FailStatic(Bench bench)
    {
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        await bench.Route(Routing.Split(bench, 100, 0));
        await bench.Reaches(one);
        await bench.UnderLoad(async () =>
        {
            await bench.Mesh.StopControlPlane();
            Assert.All(await bench.GoodCalls(50), c => Assert.Equal(one.Name, c.Server));
            await bench.Route(Routing.Split(bench, 0, 100));
            Assert.All(await bench.GoodCalls(50), c => Assert.Equal(one.Name, c.Server));
            await bench.Mesh.StartControlPlane();
            await bench.Connected();
            await bench.Reaches(two);
        });
    }

    private static async Task Nack(Bench bench)
    {
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        await bench.Route(Routing.Split(bench, 100, 0));
        await bench.Reaches(one);
        bench.Mesh.Faults.Breaks = bench.Service;
        try
        {
            await bench.Resilience("timeouts", new { service = bench.Service, connect = "3s" });
            await bench.Settled();
            Assert.NotEmpty(await Refusal(bench) ?? "");
            Assert.All(await bench.GoodCalls(20), c => Assert.Equal(one.Name, c.Server));
            var beside = await bench.Backend("beside", of: bench.Other("beside"));
            await bench.Settled();
            await bench.Reaches(new CallSpec(bench.Other("beside")), beside);
        }
        finally
        {
            // What one client refuses would hold up removals for every other one of its flavour.
            bench.Mesh.Faults.Breaks = null;
            await bench.Resilience("timeouts", new { service = bench.Service, connect = "4s" });
        }

        await bench.Route(Routing.Split(bench, 0, 100));
        await bench.Reaches(two);
        Assert.Null(await Refusal(bench));
    }

    private static async Task<string?> Refusal(Bench bench) =>
        (await bench.Mesh.ControlPlane.Client(bench.Plane.Node))!.Types.Select(t => t.Nack).FirstOrDefault(nack => nack is not null);
}
