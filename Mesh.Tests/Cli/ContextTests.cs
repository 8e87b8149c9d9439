using System.Text.Json;

namespace Mesh.Tests.Cli;

public sealed class ContextTests : IDisposable
{
    private const string NoServices = """{"sequence":1,"items":[]}""";
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_mesh_is_found_by_option_then_environment_then_context()
    {
        await using var current = await StubMesh.Start(NoServices);
        await using var other = await StubMesh.Start(NoServices);
        await using var environment = await StubMesh.Start(NoServices);
        await using var option = await StubMesh.Start(NoServices);
        _cli.WriteContexts(
            $$"""{"current":"local","contexts":{"local":{"registry":"{{current.Url}}"},"far":{"registry":"{{other.Url}}"} } }""");

        await Asks(current, "list");
        _cli.Environment["MESH_REGISTRY"] = environment.Url;
        await Asks(environment, "list");
        await Asks(other, "list", "--context=far");
        await Asks(option, "list", "--context=far", $"--registry={option.Url}");
    }

    [Fact]
    public async Task A_context_that_is_named_wins_over_the_environment_for_the_control_plane_too()
    {
        await using var current = await StubMesh.Start("""{"items":[]}""");
        await using var other = await StubMesh.Start("""{"items":[]}""");
        await using var environment = await StubMesh.Start("""{"items":[]}""");
        _cli.WriteContexts(
            $$"""{"current":"local","contexts":{"local":{"controlPlane":"{{current.Url}}"},"far":{"controlPlane":"{{other.Url}}"} } }""");

        string[] status = ["proxy", "status"];
        _cli.Environment["MESH_CONTROL_PLANE"] = "";
        await _cli.Mesh(status);
        Assert.Single(current.Requests);
        _cli.Environment["MESH_CONTROL_PLANE"] = environment.Url;
        await _cli.Mesh(status);
        Assert.Single(environment.Requests);
        await _cli.Mesh([.. status, "--context=far"]);
        Assert.Single(other.Requests);
    }

    [Fact]
    public async Task Using_another_context_changes_nothing_else_in_the_file()
    {
        _cli.WriteContexts(
            """{"current":"local","contexts":{"local":{"registry":"http://127.0.0.1:7400","later":1},"far":"""
                + """{"registry":"http://10.0.0.1:7400"}},"more":true}""");

        var result = await _cli.Mesh("context", "use", "far");
        Assert.True(result.ExitCode == 0 && result.Output == "'far' is the current context now\n", result.ToString());
        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse(await File.ReadAllTextAsync(_cli.ContextsFile, TestContext.Current.CancellationToken)),
            JsonElement.Parse(
                """{"current":"far","contexts":{"local":{"registry":"http://127.0.0.1:7400","later":1},"far":"""
                    + """{"registry":"http://10.0.0.1:7400"}},"more":true}""")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_cli.ContextsFile));

        var list = await _cli.Mesh("context", "list");
        Assert.Contains("*  far", list.Output);
        var unknown = await _cli.Mesh("context", "use", "nowhere");
        Assert.True(unknown.ExitCode == 1 && unknown.Error.Contains("there are: far, local"), unknown.ToString());
    }

    [Fact]
    public async Task A_broken_contexts_file_is_named_with_what_to_do()
    {
        _cli.WriteContexts("{");
        var result = await _cli.Mesh("discovery", "list");
        Assert.True(result.ExitCode == 1 && result.Error.Contains(_cli.ContextsFile) && result.Error.Contains("Repair or remove it"),
            result.ToString());
    }

    private async Task Asks(StubMesh mesh, params string[] arguments)
    {
        var before = mesh.Requests.Count;
        var result = await _cli.Registry(arguments);
        Assert.True(result is { ExitCode: 0, Output: "no services\n" }, result.ToString());
        Assert.Equal(before + 1, mesh.Requests.Count);
    }
}
