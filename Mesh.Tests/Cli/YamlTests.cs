using System.Text.Json;
using Mesh.Cli.Output;

namespace Mesh.Tests.Cli;

public class YamlTests
{
    [Fact]
    public void Objects_lists_and_scalars_keep_their_shape()
    {
        var json = JsonElement.Parse("""{"a":[{"b":1,"c":[]},[true,null],"x"],"d":{},"e":{"f":"g h","1":"2"} }""");
        Assert.Equal(
            """
            a:
              - b: 1
                c: []
              - - true
                - null
              - x
            d: {}
            e:
              f: "g h"
              "1": "2"

            """,
            Yaml.Of(json));
    }

    [Theory]
    [InlineData("yes", "\"yes\"")]
    [InlineData("", "\"\"")]
    [InlineData("1.0", "\"1.0\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("- x", "\"- x\"")]
    [InlineData("line\nnext \"q\"", "\"line\\nnext \\\"q\\\"\"")]
    [InlineData("v1.2-rc", "v1.2-rc")]
    public void Text_that_could_be_taken_for_something_else_is_quoted(string text, string yaml) =>
        Assert.Equal(yaml + "\n", Yaml.Of(JsonElement.Parse(JsonSerializer.Serialize(text))));
}
