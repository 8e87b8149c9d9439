using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.SotwStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>State of the world: routes and endpoints come in parts that gRPC's clients take; listeners and clusters cannot.</summary>
public class SotwPartsTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private const int Many = 8;
    private readonly World _world = new();

    [Fact]
    public void A_long_answer_to_names_comes_in_parts_below_gRPCs_limit_and_needs_no_acknowledgement_between_them()
    {
        var names = Services();
        var stream = new SotwStream(_world);
        stream.Subscribe(Eds, names);

        var parts = Take(stream);
        Assert.True(parts.Count > 1);
        Assert.All(parts, part => Assert.InRange(part.CalculateSize(), 1, ResponseSizes.Limit));
        Assert.Equal(names.Order(StringComparer.Ordinal), parts.SelectMany(NamesOf).Order(StringComparer.Ordinal));
        Assert.Equal(parts.Count, parts.Select(part => part.Nonce).Distinct().Count());

        foreach (var part in parts) stream.Ack(part);
        stream.ExpectNothing();
        Assert.Equal(parts.Select(part => part.Nonce), stream.Observer.Acks.Select(ack => ack.Nonce));
    }

    [Fact]
    public void A_part_that_was_refused_stays_refused_when_the_next_is_taken()
    {
        var names = Services();
        var stream = new SotwStream(_world);
        stream.Subscribe(Eds, names);
        var parts = Take(stream);

        stream.Nack(parts[0], "no such address");
        foreach (var part in parts[1..]) stream.Ack(part);

        Assert.Equal(parts[0].Nonce, Assert.Single(stream.Observer.Nacks).Nonce);
        Assert.Equal(parts[1..].Select(part => part.Nonce), stream.Observer.AcksBesideRefusals);
    }

    [Fact]
    public void Long_changes_come_in_parts_too_each_after_the_former_is_answered_and_their_causes_with_the_last()
    {
        var names = Services();
        var stream = Everything(_world, names);
        for (var i = 0; i < names.Length; i++) _world.Endpoints(names[i], Addresses(i + Many));
        stream.Publish();

        var first = stream.Expect(Eds);
        stream.ExpectNothing();
        Assert.Empty(stream.Observer.Delivered[first.Nonce]);
        stream.Ack(first);
        var rest = stream.Settle();

        Assert.Equal(names.Order(StringComparer.Ordinal), rest.Prepend(first).SelectMany(NamesOf).Order(StringComparer.Ordinal));
        Assert.Contains(_world.Current.Sequence, stream.Observer.Delivered[rest[^1].Nonce]);
    }

    [Fact]
    public void A_change_between_two_parts_reaches_what_was_sent_and_what_was_not()
    {
        var names = Services();
        var stream = new SotwStream(_world);
        stream.Subscribe(Eds, names);
        var first = stream.Expect(Eds);
        var (sent, unsent) = (NamesOf(first)[0], names.Except(NamesOf(first)).First());
        _world.Endpoints(sent, "10.9.9.1");
        _world.Endpoints(unsent, "10.9.9.2");
        stream.Publish();
        stream.Ack(first);
        stream.Settle();

        var held = stream.Holdings.Where(r => r.Type == Eds).ToDictionary(r => r.Name, r => r.Version);
        Assert.Equal(names.Order(StringComparer.Ordinal), held.Keys.Order(StringComparer.Ordinal));
        foreach (var name in names) Assert.Equal(_world.Current[XdsFlavour.Envoy].Find(Eds, name)!.Version, held[name]);
    }

    [Fact]
    public void Names_that_are_absent_or_no_longer_asked_for_are_in_no_part()
    {
        var names = Services();
        var stream = new SotwStream(_world);
        stream.Subscribe(Eds, [.. names, "nobody"]);
        var first = stream.Expect(Eds);
        stream.Ack(first, [.. NamesOf(first)]);
        stream.Settle();

        Assert.Equal(NamesOf(first).Order(StringComparer.Ordinal), stream.Holdings.Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    private static List<DiscoveryResponse> Take(SotwStream stream)
    {
        var parts = new List<DiscoveryResponse>();
        while (stream.Next() is { } part) parts.Add(part);
        return parts;
    }

    private string[] Services()
    {
        string[] names = [.. Enumerable.Range(0, Many).Select(i => $"svc-{i}")];
        for (var i = 0; i < Many; i++) _world.Service(names[i], Addresses(i));
        return names;
    }

    private static string[] Addresses(int seed) => [.. Enumerable.Range(0, 12_000).Select(i => $"10.{seed}.{i / 250}.{(i % 250) + 1}")];
}
