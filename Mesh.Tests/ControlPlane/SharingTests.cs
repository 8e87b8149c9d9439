using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// Streams that share what they have of a snapshot behave as their clients' plain sets say, with enough names for much to be shared.
/// </summary>
public class SharingTests
{
    private const int Services = 120;
    private static readonly string[] All = [.. Enumerable.Range(0, Services).Select(i => $"s{i}")];

    [Theory]
    [InlineData(20261124)]
    [InlineData(20261125)]
    [InlineData(20261126)]
    public void Random_requests_changes_and_answers_are_as_a_plain_client_expects(int usual)
    {
        var random = TestSeed.Draws(usual);
        var world = new World();
        foreach (var name in All) world.Service(name, ["10.0.0.1"]);
        var client = new DeltaClientModel(new DeltaStream(world));
        for (var step = 0; step < 3_000; step++)
        {
            var type = XdsTypes.OfServices[random.Next(4)];
            var name = All[random.Next(Services)];
            switch (random.Next(24))
            {
                case 0: world.Service(name, [$"10.0.0.{random.Next(1, 200)}"], random.Next(1, 9)); break;
                case 1: world.Remove(name); break;
                case 2 when random.Next(20) == 0: foreach (var each in All) world.Service(each, [$"10.0.2.{random.Next(1, 9)}"]); break;
                case 3 when random.Next(20) == 0: foreach (var each in All.Where(_ => random.Next(2) == 0)) world.Remove(each); break;
                case < 7 when world.Current[XdsFlavour.Mesh].Find(type, name) is not null:
                    world.Endpoints(name, $"10.0.1.{random.Next(1, 200)}"); break;
                case 7 when world.Current[XdsFlavour.Mesh].Find(type, name) is not null: world.Cluster(name, random.Next(1, 9)); break;
                case 8: client.Subscribe(type, name, All[random.Next(Services)], "nobody"); break;
                case 9 when random.Next(4) == 0: client.Subscribe(type, All); break;
                case 10 when random.Next(4) == 0: client.Subscribe(type, "*"); break;
                case 11: client.Unsubscribe(type, name); break;
                case 12 when random.Next(10) == 0: client.Unsubscribe(type, "*"); break;
                case 13 when random.Next(10) == 0: client.Unsubscribe(type, All[random.Next(Services)..]); break;
                case 14 when random.Next(20) == 0: client.Reconnect(); break;
                case 15: client.Wait(TimeSpan.FromSeconds(random.Next(8))); break;
                case < 18: client.Publish(); break;
                case < 21: client.Answer(refuse: random.Next(5) == 0); break;
                default: client.Take(); break;
            }

            if (step % 5 == 0) client.CheckHoldings();
            if (step % 250 == 249) client.Settle();
        }

        client.Settle();
    }

    [Fact]
    public void State_of_the_world_ends_with_all_that_was_asked_for_and_nothing_else()
    {
        var random = TestSeed.Draws(20261127);
        var world = new World();
        foreach (var name in All) world.Service(name, ["10.0.0.1"]);
        var stream = new SotwStream(world, SotwStream.MeshNode("*"));
        var asked = XdsTypes.OfServices.ToDictionary(type => type, type => type.IsFullState ? null : All);
        foreach (var (type, names) in asked) stream.Subscribe(type, names ?? []);
        for (var step = 0; step < 2_000; step++)
        {
            var name = All[random.Next(Services)];
            switch (random.Next(10))
            {
                case 0: world.Service(name, [$"10.0.0.{random.Next(1, 200)}"], random.Next(1, 9)); break;
                case 1 when random.Next(2) == 0: world.Remove(name); break;
                case 2 when random.Next(5) == 0: Ask(random.Next(2) == 0 ? XdsTypes.ClusterLoadAssignment : XdsTypes.RouteConfiguration);
                    break;
                case < 5: stream.Publish(); break;
                case 5: stream.Time.Advance(TimeSpan.FromSeconds(random.Next(8))); break;
                default:
                    if (stream.Next() is not { } response) break;
                    if (random.Next(6) == 0) stream.Nack(response, "no");
                    else stream.Ack(response);
                    break;
            }

            if (step % 200 == 199) Settled();
        }

        void Ask(XdsType type) =>
            stream.Subscribe(type, asked[type] = random.Next(3) == 0 ? All : [.. All.Where(_ => random.Next(2) == 0), "nobody"]);

        void Settled()
        {
            stream.Publish();
            stream.Settle();
            stream.Time.Advance(TimeSpan.FromSeconds(16));
            stream.Settle();
            var view = world.Current[XdsFlavour.Mesh];
            var expected = XdsTypes.OfServices.SelectMany(
                type => view.Names(type).Where(n => asked[type]?.Contains(n) != false)
                    .Select(n => (type.Name, n, view.Find(type, n)!.Version)));
            Assert.Equal(expected.Order(), stream.Holdings.Select(held => (held.Type.Name, held.Name, held.Version)).Order());
        }
    }
}
