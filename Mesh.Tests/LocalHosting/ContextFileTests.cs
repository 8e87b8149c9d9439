using System.Text.Json.Nodes;
using Mesh.LocalHosting.Settings;
using Mesh.Tests.Support;

namespace Mesh.Tests.LocalHosting;

public sealed class ContextFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Only_the_owner_can_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        var path = ContextFile.Write(_folder.File("cdaprod-mesh"), "local", []);
#pragma warning disable CA1416 // skipped on Windows above
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
#pragma warning restore CA1416
    }

    [Fact]
    public void Contexts_of_other_meshes_stay_and_the_newest_is_current()
    {
        ContextFile.Write(_folder.Path, "local", new JsonObject { ["registry"] = "http://127.0.0.1:7400" });
        var file = Read(ContextFile.Write(_folder.Path, "local-1000", new JsonObject { ["registry"] = "http://127.0.0.1:8400" }));
        Assert.Equal("local-1000", $"{file["current"]}");
        Assert.Equal("http://127.0.0.1:7400", $"{file["contexts"]!["local"]!["registry"]}");
        Assert.Equal("http://127.0.0.1:8400", $"{file["contexts"]!["local-1000"]!["registry"]}");
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("[]")]
    [InlineData("{\"contexts\": 7}")]
    public void A_file_that_cannot_be_read_is_made_whole(string content)
    {
        File.WriteAllText(_folder.File("contexts.json"), content);
        Assert.Equal("local", $"{Read(ContextFile.Write(_folder.Path, "local", []))["current"]}");
    }

    public void Dispose() => _folder.Dispose();

    private static JsonNode Read(string path) => JsonNode.Parse(File.ReadAllText(path))!;
}
