using System.Text.Json.Nodes;
using Mesh.AppHost.Contexts;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

public sealed class ContextFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Only_the_owner_can_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        var file = new ContextFile(_folder.File("cdaprod-mesh"), "local");
        file.Write([]);
#pragma warning disable CA1416 // skipped on Windows above
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(file.FilePath)!));
#pragma warning restore CA1416
    }

    [Fact]
    public void Contexts_of_other_meshes_stay_and_the_newest_is_current()
    {
        Mesh("local").Write(new JsonObject { ["registry"] = "http://127.0.0.1:7400" });
        Mesh("local-1000").Write(new JsonObject { ["registry"] = "http://127.0.0.1:8400" });
        var file = Read();
        Assert.Equal("local-1000", $"{file["current"]}");
        Assert.Equal("http://127.0.0.1:7400", $"{file["contexts"]!["local"]!["registry"]}");
        Assert.Equal("http://127.0.0.1:8400", $"{file["contexts"]!["local-1000"]!["registry"]}");
    }

    [Fact]
    public void A_mesh_that_ends_takes_its_context_with_it_and_the_one_before_is_current_again()
    {
        var (first, second) = (Mesh("local"), Mesh("local-1000"));
        first.Write([]);
        second.Write([]);
        second.Remove();
        Assert.Equal($$$"""{"contexts":{"local":{"appHostPid":{{{Environment.ProcessId}}}}},"current":"local"}""", Read().ToJsonString());
        first.Remove();
        Assert.Equal("""{"contexts":{}}""", Read().ToJsonString());
    }

    [Fact]
    public void A_mesh_that_was_killed_is_taken_out_by_the_next_that_starts_or_ends_and_one_that_runs_is_current_again()
    {
        var (first, killed) = (Mesh("local"), Mesh("local-1000"));
        first.Write([]);
        killed.Write([]);
        Kill("local-1000");
        var third = Mesh("local-2000");
        third.Write([]);
        Assert.Null(Read()["contexts"]!["local-1000"]);
        third.Remove();
        Assert.Equal("local", $"{Read()["current"]}");

        killed.Write([]);
        Kill("local-1000");
        third.Remove();
        Assert.Equal("local", $"{Read()["current"]}");
    }

    [Fact]
    public void What_somebody_has_chosen_meanwhile_stays_chosen_and_what_has_ended_is_not_chosen_again()
    {
        var (first, second, third) = (Mesh("local"), Mesh("local-1000"), Mesh("local-2000"));
        first.Write([]);
        second.Write([]);
        third.Write([]);
        first.Remove();
        Assert.Equal("local-2000", $"{Read()["current"]}");
        second.Remove();
        third.Remove();
        Assert.Null(Read()["current"]);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("[]")]
    [InlineData("{\"contexts\": 7, \"current\": 7}")]
    public void A_file_that_cannot_be_read_is_made_whole(string content)
    {
        File.WriteAllText(_folder.File("contexts.json"), content);
        Mesh("local").Write([]);
        Assert.Equal("local", $"{Read()["current"]}");
    }

    public void Dispose() => _folder.Dispose();

    private ContextFile Mesh(string name) => new(_folder.Path, name);

    // As if the AppHost that wrote it had ended without a word.
    private void Kill(string name)
    {
        var file = Read();
        file["contexts"]![name]!["appHostPid"] = int.MaxValue;
        File.WriteAllText(_folder.File("contexts.json"), file.ToJsonString());
    }

    private JsonNode Read() => JsonNode.Parse(File.ReadAllText(_folder.File("contexts.json")))!;
}
