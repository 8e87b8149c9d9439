using CsCheck;
using Mesh.DataPlane;

namespace Mesh.Tests.DataPlane;

public class NameTableTests
{
    [Fact]
    public void Any_sequence_of_changes_leaves_the_table_like_a_dictionary_and_earlier_tables_untouched()
    {
        var step = Gen.Select(Gen.Int[0, 300], Gen.Bool);
        step.Array[0, 2_000].Sample(steps =>
        {
            var expected = new Dictionary<string, object>();
            var table = NameTable<object>.Empty;
            foreach (var (number, set) in steps)
            {
                var before = table;
                var name = $"service-{number}";
                var was = before.Find(name);
                if (set)
                    table = table.With(name, expected[name] = new object());
                else if (expected.Remove(name) | true)
                    table = table.Without(name);
                Assert.Same(was, before.Find(name));
            }

            Assert.Equal(expected.Count, table.Count);
            Assert.Equal(expected.Keys.Order(), table.Names.Order());
            Assert.All(expected, e => Assert.Same(e.Value, table.Find(e.Key)));
        }, iter: 50);
    }

    [Fact]
    public void Setting_what_is_already_set_gives_the_same_table()
    {
        var value = new object();
        var table = NameTable<object>.Empty.With("a", value);
        Assert.Same(table, table.With("a", value));
        Assert.Same(table, table.Without("b"));
    }
}
