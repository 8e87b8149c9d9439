using Mesh.Tests.Support;
using Mesh.Tests.Traffic.Support;

namespace Mesh.Tests.Traffic;

public class PrecedenceTests
{
    [Fact]
    public void Rules_are_tried_by_priority_kind_of_path_length_conditions_and_name_whatever_the_order_they_were_made_in()
    {
        (string Name, string Match, int Priority)[] inOrder =
        [
            ("first", """[{"path":{"regex":".*"}}]""", 5),
            ("exact", """[{"path":{"exact":"/a"}}]""", 0),
            ("grpc", """[{"grpc":{"service":"b","method":"C"}}]""", 0),
            ("template", """[{"path":{"template":"/a/{x}"}}]""", 0),
            ("long", """[{"path":{"prefix":"/a/b"}}]""", 0),
            ("more", """[{"path":{"prefix":"/a"},"methods":["GET"],"headers":[{"name":"x","present":true}]}]""", 0),
            ("one", """[{"path":{"prefix":"/a"},"methods":["GET"]}]""", 0),
            ("plain", """[{"path":{"prefix":"/a"}}]""", 0),
            ("regex", """[{"path":{"regex":"/.*"}}]""", 0),
            ("a-header", """[{"headers":[{"name":"x","present":true}]}]""", 0),
            ("b-header", """[{"headers":[{"name":"y","present":true}]}]""", 0),
            ("default", "[]", 0),
            ("last", """[{"path":{"exact":"/a"}}]""", -1),
        ];
        // The gRPC call is the longer exact path.
        (inOrder[1], inOrder[2]) = (inOrder[2], inOrder[1]);
        var random = TestSeed.Draws(7);
        for (var round = 0; round < 5; round++)
        {
            var log = new TrafficLog();
            var made = inOrder.ToArray();
            random.Shuffle(made);
            foreach (var (name, match, priority) in made)
                Assert.Null(
                    log.Set(
                        $$"""{"service":"s","name":"{{name}}","priority":{{priority}},"match":{{match}},"destinations":"""
                            + $$"""[{"service":"x"}]}""").Refusal);
            Assert.Equal(inOrder.Select(route => route.Name), log.Traffic.Find(new("default", "s"))!.InOrder.Select(route => route.Name));
        }
    }

    [Fact]
    public void Alternatives_of_one_route_each_have_their_own_place()
    {
        var log = new TrafficLog();
        log.Set(
            """{"service":"s","name":"both","match":[{"path":{"exact":"/a"}},{"path":{"prefix":"/"},"methods":"""
                + """["PUT"]}],"destinations":[{"service":"x"}]}""");
        log.Set("""{"service":"s","name":"mid","match":[{"path":{"prefix":"/a"}}],"destinations":[{"service":"y"}]}""");
        Assert.Equal(["both/1", "mid", "both/0"], log.Traffic.Find(new("default", "s"))!.Rules.Select(rule => rule.Name));
        Assert.Equal(["both", "mid"], log.Traffic.Find(new("default", "s"))!.InOrder.Select(route => route.Name));
    }
}
