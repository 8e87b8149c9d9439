using System.Text.Json;

namespace Mesh.Tests.Cli;

public sealed class MtlsCommandTests : IDisposable
{
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("enable-mtls --service=shop", """{"service":"shop"}""")]
    [InlineData("enable-mtls --service=shop -n prod --mode=permissive", """{"service":"shop","namespace":"prod","mode":"permissive"}""")]
    [InlineData("enable-mtls --namespace=prod --mode=strict", """{"namespace":"prod","mode":"strict"}""")]
    [InlineData("disable-mtls --service=shop", """{"service":"shop","mode":"disable"}""")]
    [InlineData("disable-mtls --namespace=prod", """{"namespace":"prod","mode":"disable"}""")]
    public async Task All_flags_of_a_mode_reach_the_registry(string line, string body)
    {
        await using var mesh = await StubMesh.Start(
            """{"changed":true,"sequence":12,"service":"shop","namespace":"prod","mode":"strict","revision":1}""");
        var result = await _cli.Mesh(["security", .. line.Split(' '), "--registry", mesh.Url, "--if-match=7"]);
        Assert.Equal(new CliResult(0, "set mutual TLS of prod/shop to strict at sequence 12\n", ""), result);
        var request = Assert.Single(mesh.Requests);
        Assert.Equal("POST /api/security/mtls", $"{request.Method} {request.Url}");
        Assert.Equal("\"7\"", request.Headers["If-Match"]);
        Assert.NotEmpty(request.Headers["Idempotency-Key"]);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(body), request.Json), request.Body);
    }

    [Fact]
    public async Task What_is_already_so_is_said_to_be()
    {
        await using var mesh = await StubMesh.Start("""{"changed":false,"sequence":12,"namespace":"prod","mode":"strict","revision":1}""");
        Assert.Equal(new CliResult(0, "nothing changed: mutual TLS of namespace prod is strict already (sequence 12)\n", ""),
            await _cli.Mesh("security", "enable-mtls", "--namespace=prod", "--registry", mesh.Url));
        Assert.Equal(new CliResult(0, "nothing changed: namespace prod has no mutual TLS mode (sequence 12)\n", ""),
            await _cli.Mesh("security", "mtls", "remove", "--namespace=prod", "--registry", mesh.Url));
    }

    [Fact]
    public async Task A_mode_is_removed()
    {
        await using var mesh = await StubMesh.Start("""{"changed":true,"sequence":13,"service":"shop","namespace":"prod"}""");
        var result = await _cli.Registry("mesh", "security", "mtls", "remove", "--service=shop", "-n", "prod", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "removed the mutual TLS mode of prod/shop at sequence 13\n", ""), result);
        Assert.Equal("DELETE /api/security/mtls?service=shop&namespace=prod", $"{mesh.Requests[0].Method} {mesh.Requests[0].Url}");
    }

    [Fact]
    public async Task A_list_is_a_table_and_its_filters_go_to_the_registry()
    {
        await using var mesh = await StubMesh.Start("""
            {"sequence":7,"items":[
              {"service":"shop","namespace":"default","mode":"permissive","effective":"permissive","revision":2},
              {"namespace":"prod","mode":"strict","revision":1},
              {"service":"cart","namespace":"prod","effective":"strict"}]}
            """);
        var result = await _cli.Mesh("security", "mtls", "list", "--registry", mesh.Url, "--service=cart", "--namespace=*");
        Assert.Equal(
            """
            SERVICE    MODE        IN FORCE    REVISION
            shop       permissive  permissive  2
            prod/*     strict      -           1
            prod/cart  -           strict      -

            """,
            result.Output);
        Assert.Equal("/api/security/mtls?service=cart&namespace=%2A", mesh.Requests[0].Url);
    }

    [Theory]
    [InlineData("enable-mtls")]
    [InlineData("enable-mtls --service=shop --mode=disable")]
    [InlineData("enable-mtls --service=shop --mode=stricter")]
    [InlineData("disable-mtls")]
    [InlineData("disable-mtls --service=shop --mode=strict")]
    [InlineData("mtls remove")]
    public async Task A_wrong_line_sends_nothing(string line)
    {
        await using var mesh = await StubMesh.Start("{}");
        Assert.Equal(2, (await _cli.Mesh(["security", .. line.Split(' '), "--registry", mesh.Url])).ExitCode);
        Assert.Empty(mesh.Requests);
    }
}
