using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.DeltaStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>Delta: a long answer to names comes in parts, each as small as a client can take at once.</summary>
public class DeltaPartsTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private const int Many = 300;
    private readonly World _world = new();

    [Fact]
    public void A_long_answer_to_names_comes_in_parts_that_need_no_acknowledgement_between_them()
    {
        var names = Services();
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, names);

        var parts = new List<DeltaDiscoveryResponse>();
        while (stream.Next() is { } part) parts.Add(part);

        Assert.True(parts.Count > 2);
        Assert.All(parts, part => Assert.InRange(part.Resources.Sum(r => r.CalculateSize()), 1, DeltaMachine.MaxResponseBytes));
        Assert.Equal(names.Order(StringComparer.Ordinal), parts.SelectMany(NamesOf).Order(StringComparer.Ordinal));
        Assert.Equal(parts.Count, parts.Select(part => part.Nonce).Distinct().Count());
    }

    [Fact]
    public void The_first_answer_to_a_wildcard_is_whole_however_long()
    {
        var names = Services();
        var stream = new DeltaStream(_world);
        stream.Subscribe(XdsTypes.Cluster, "*");

        Assert.Equal(names.Length, stream.Expect(XdsTypes.Cluster).Resources.Count);
        stream.ExpectNothing();
    }

    [Fact]
    public void Names_that_are_absent_are_told_once_and_with_the_rest_of_their_answer()
    {
        var names = Services();
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, [.. names, "nobody"]);

        Assert.Equal(["nobody"], stream.Settle().SelectMany(part => part.RemovedResources));
    }

    [Fact]
    public void A_change_between_two_parts_reaches_what_was_sent_and_what_was_not()
    {
        var names = Services();
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, names);
        var first = stream.Expect(Eds);
        var (sent, unsent) = (NamesOf(first)[0], names.Except(NamesOf(first)).First());
        _world.Endpoints(sent, "10.9.9.1");
        _world.Endpoints(unsent, "10.9.9.2");
        stream.Publish();
        stream.Ack(first);

        var held = stream.Settle().SelectMany(part => part.Resources).GroupBy(r => r.Name).ToDictionary(g => g.Key, g => g.Last().Version);
        Assert.Equal(Version(sent), held[sent]);
        Assert.Equal(Version(unsent), held[unsent]);
        Assert.Equal(names.Length - first.Resources.Count + 1, held.Count);
    }

    [Fact]
    public void Long_changes_come_in_parts_too_and_their_causes_with_the_last()
    {
        var names = Services();
        var stream = Everything(_world);
        for (var i = 0; i < names.Length; i++)
        {
            _world.Endpoints(names[i], Addresses(i + Many));
            stream.Publish();
        }

        var sequence = _world.Current.Sequence;

        var parts = stream.Settle();
        Assert.True(parts.Count > 2);
        Assert.Equal(names.Length, parts.SelectMany(NamesOf).Distinct().Count());
        Assert.All(parts[..^1], part => Assert.Empty(stream.Observer.Delivered[part.Nonce]));
        Assert.Contains(sequence, stream.Observer.Delivered[parts[^1].Nonce]);
    }

    private string Version(string name) => _world.Current[XdsFlavour.Mesh].Find(Eds, name)!.Version;

    private string[] Services()
    {
        string[] names = [.. Enumerable.Range(0, Many).Select(i => $"svc-{i}")];
        for (var i = 0; i < Many; i++) _world.Service(names[i], Addresses(i));
        return names;
    }

    private static string[] Addresses(int seed) => [.. Enumerable.Range(1, 40).Select(i => $"10.{seed / 250}.{seed % 250}.{i}")];
}
