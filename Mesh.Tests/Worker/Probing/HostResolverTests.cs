using Mesh.Discovery.Probing;
using Mesh.Tests.Worker.Support;
using static Mesh.Tests.Worker.Support.ProbingBench;

namespace Mesh.Tests.Worker.Probing;

public class HostResolverTests
{
    [Fact]
    public async Task A_host_name_is_looked_up_again_and_again_and_reported_only_when_it_changes()
    {
        await using var bench = new ProbingBench();
        bench.Lookup.Names["shop.internal"] = ["10.0.0.2", "10.0.0.1", "10.0.0.2"];
        bench.Register(Spec("a", address: "shop.internal"), Spec("b", address: "127.0.0.1"));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Addresses.SequenceEqual(["10.0.0.1", "10.0.0.2"]), "resolved, in order");
        await bench.Until(() => bench.Lookup.Asked["shop.internal"] > 10, "looked up again", 250);
        Assert.Single(bench.Engine.Registry.Of("ReportAddresses"));
        bench.Lookup.Names["shop.internal"] = ["10.0.0.3"];
        await bench.Until(() => bench.Instance("a").Status.Addresses.SequenceEqual(["10.0.0.3"]), "the change", 250);
        Assert.Equal(2, bench.Engine.Registry.Of("ReportAddresses").Count());
        Assert.False(bench.Lookup.Asked.ContainsKey("127.0.0.1"));
    }

    [Fact]
    public async Task A_failed_look_up_keeps_the_last_addresses_and_is_repeated_more_seldom()
    {
        await using var bench = new ProbingBench();
        bench.Lookup.Names["shop.internal"] = ["10.0.0.1"];
        bench.Register(Spec("a", address: "shop.internal"));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Addresses.Length == 1, "resolved");
        bench.Lookup.Names.Clear();
        var before = bench.Lookup.Asked["shop.internal"];
        await bench.Pass(TimeSpan.FromMinutes(5), 1_000);
        Assert.InRange(bench.Lookup.Asked["shop.internal"] - before, 8, 20);
        Assert.Equal(["10.0.0.1"], bench.Instance("a").Status.Addresses);
        bench.Lookup.Names["shop.internal"] = ["10.0.0.7"];
        await bench.Until(() => bench.Instance("a").Status.Addresses.SequenceEqual(["10.0.0.7"]), "back again", 1_000);
    }

    [Fact]
    public async Task One_look_up_serves_every_instance_with_the_name()
    {
        await using var bench = new ProbingBench();
        bench.Lookup.Names["shop.internal"] = ["10.0.0.1"];
        bench.Register(Spec("a", address: "shop.internal"), Spec("b", address: "shop.internal"),
            Spec("c", "other", address: "shop.internal"));
        await bench.Start();
        await bench.Until(() => bench.Instance("a").Status.Addresses.Length == 1 && bench.Instance("b").Status.Addresses.Length == 1
            && bench.Instance("c", "other").Status.Addresses.Length == 1, "all of them");
        Assert.Equal(1, bench.Lookup.Asked["shop.internal"]);
        bench.Register(Spec("d", "third", address: "shop.internal"));
        await bench.Until(() => bench.Instance("d", "third").Status.Addresses.Length == 1, "a later one at once", 1);
        Assert.Equal(1, bench.Lookup.Asked["shop.internal"]);
    }

    [Fact]
    public async Task Names_that_hang_keep_their_places_and_no_more()
    {
        await using var bench = new ProbingBench(new ProbingOptions { ResolveConcurrency = 3 });
        bench.Lookup.Names["ok.internal"] = ["10.0.0.1"];
        bench.Lookup.Hanging["hang-1.internal"] = new();
        bench.Lookup.Hanging["hang-2.internal"] = new();
        bench.Register(Spec("h1", "h1", address: "hang-1.internal"), Spec("h2", "h2", address: "hang-2.internal"),
            Spec("a", address: "ok.internal"));
        await bench.Start();
        await bench.Until(() => bench.Lookup.Asked.GetValueOrDefault("ok.internal") > 5, "the other one goes on", 250);
        Assert.Equal(1, bench.Lookup.Asked["hang-1.internal"]);
        Assert.Equal(1, bench.Lookup.Asked["hang-2.internal"]);
        bench.Lookup.Hanging.Remove("hang-1.internal", out var never);
        bench.Lookup.Names["hang-1.internal"] = ["10.0.0.9"];
        never!.SetException(new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.TryAgain));
        await bench.Until(() => bench.Instance("h1", "h1").Status.Addresses.Length == 1, "it comes back", 250);
    }

    [Fact]
    public async Task A_newcomer_with_a_host_name_is_probed_as_soon_as_the_name_is_resolved()
    {
        await using var bench = new ProbingBench();
        bench.Register(Spec("a", address: "shop.internal", check: Check(intervalMs: 600_000)));
        await bench.Start();
        await bench.Until(() => bench.Lookup.Asked.GetValueOrDefault("shop.internal") > 1, "the name is not known yet", 250);
        Assert.Equal(0, bench.Prober.Count("a"));
        bench.Lookup.Names["shop.internal"] = ["10.0.0.1"];
        await bench.Until(() => bench.Instance("a").Routable, "one probe puts it into rotation", 250);
        Assert.Equal(1, bench.Prober.Count("a"));
    }

    [Fact]
    public async Task A_name_that_was_given_up_while_it_was_looked_up_does_not_come_back()
    {
        await using var bench = new ProbingBench();
        var answer = bench.Lookup.Hanging["gone.internal"] = new();
        bench.Lookup.Names["ok.internal"] = ["10.0.0.1"];
        bench.Register(Spec("a", address: "gone.internal"), Spec("b", "other", address: "ok.internal"));
        await bench.Start();
        await bench.Until(() => bench.Lookup.Asked.ContainsKey("gone.internal"), "it is being looked up");
        bench.Update(Spec("a", address: "127.0.0.1"));
        bench.Update(Spec("b", "other", address: "127.0.0.1"));
        bench.Register(Spec("c", "third", address: "next.internal"));
        await bench.Until(() => bench.Lookup.Asked.ContainsKey("next.internal"), "the changes have come");
        answer.SetResult([System.Net.IPAddress.Loopback]);
        await bench.Until(() => bench.Lookup.Asked["next.internal"] > 3, "others go on", 250);
        Assert.Empty(bench.Hosts.Find("gone.internal"));
    }
}
