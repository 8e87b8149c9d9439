using System.Collections.Immutable;
using Mesh.ControlPlane.Ads;
using Mesh.Tests.Support;

namespace Mesh.Tests.ControlPlane;

/// <summary>A stream's map holds the same whatever it shares, and shares what it can.</summary>
public class SharedMapTests
{
    private static readonly ImmutableDictionary<string, string> Empty = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    [Fact]
    public void What_is_as_in_the_other_map_is_not_kept_twice()
    {
        var other = Numbered(1_000);
        var map = Holding(other);
        map.Remove("n3");
        map.Set("n4", "mine");
        map.Share(other);

        Assert.Equal(2, map.Own);
        Assert.Equal(999, map.Count);
        Assert.Null(map.Find("n3"));
        Assert.Equal("mine", map.Find("n4"));
        map.Set("n3", other["n3"]);
        map.Set("n4", other["n4"]);
        Assert.Equal(0, map.Own);
    }

    [Fact]
    public void A_map_that_differs_in_much_keeps_everything_for_itself()
    {
        var other = Numbered(1_000);
        var map = Holding(other);
        map.Share(other);
        for (var i = 0; i < 600; i++) map.Remove($"n{i}");
        map.Share(other);

        Assert.Equal(400, map.Own);
        Assert.Equal(Enumerable.Range(600, 400).Select(i => $"n{i}").Order(StringComparer.Ordinal), map.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_map_that_follows_a_changing_one_keeps_few_differences()
    {
        var other = Numbered(1_000);
        var map = Holding(other);
        for (var i = 0; i < 5_000; i++)
        {
            other = other.SetItem($"n{i % 1_000}", $"v{i}");
            map.Set($"n{i % 1_000}", $"v{i}");
            map.Share(other);
            Assert.InRange(map.Own, 0, 63);
        }
    }

    [Fact]
    public void Random_edits_end_as_in_a_map_that_shares_nothing()
    {
        var random = TestSeed.Draws(20261123);
        var (map, plain, other) = (new SharedMap<string>(), new Dictionary<string, string>(StringComparer.Ordinal), Empty);
        var shared = 0;
        for (var step = 0; step < 30_000; step++)
        {
            var name = $"n{random.Next(150)}";
            switch (random.Next(20))
            {
                case < 7:
                    other = random.Next(4) == 0 ? other.Remove(name) : other.SetItem(name, $"v{random.Next(3)}");
                    break;
                case < 12 when other.TryGetValue(name, out var theirs):
                    Set(name, theirs);
                    break;
                case < 14:
                    Set(name, $"v{random.Next(3)}");
                    break;
                case < 16:
                    Assert.Equal(plain.Remove(name, out var old) ? old : null, map.Remove(name));
                    break;
                case 16 when random.Next(10) == 0:
                    foreach (var (theirName, value) in other) Set(theirName, value);
                    break;
                case 17 when random.Next(300) == 0:
                    map.Clear();
                    plain.Clear();
                    break;
                default:
                    map.Share(other);
                    break;
            }

            if (map.Own < map.Count / 2) shared++;
            Assert.Equal(plain.Count, map.Count);
            Assert.Equal(plain.GetValueOrDefault(name), map.Find(name));
            Assert.Equal(plain.ContainsKey(name), map.Contains(name));
            if (step % 100 != 0) continue;
            Assert.Equal(plain.Keys.Order(StringComparer.Ordinal), map.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(plain.Values.Order(StringComparer.Ordinal), map.Values.Order(StringComparer.Ordinal));
        }

        Assert.InRange(shared, 3_000, 27_000);

        void Set(string name, string value)
        {
            Assert.Equal(!plain.ContainsKey(name), map.Set(name, value));
            plain[name] = value;
        }
    }

    private static ImmutableDictionary<string, string> Numbered(int count) =>
        Empty.AddRange(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"n{i}", $"v{i}")));

    private static SharedMap<string> Holding(ImmutableDictionary<string, string> other)
    {
        var map = new SharedMap<string>();
        foreach (var (name, value) in other) map.Set(name, value);
        return map;
    }
}
