using Mesh.AppHost.Commands;
using Mesh.Tests.Cli;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>What the dashboard shows of a command's call.</summary>
public sealed class CommandCallTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_shown_as_it_came()
    {
        const string Intact = """{"intact":true,"checked":42,"payloadsDropped":0,"hash":"00","newer":1}""";
        await using var mesh = await StubMesh.Start(Intact);
        using var client = Calls.Registry(mesh.Url);
        var result = await Calls.ResultOfAsync(client.Log.VerifyAsync(Cancel));
        Assert.Equal((true, Intact), (result.Success, result.Data?.Value));
        Assert.EndsWith("/api/v1/log/verify", Assert.Single(mesh.Requests).Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_shown_with_its_reason_and_is_not_repeated()
    {
        const string Problem = """{"title":"Not available now","status":503,"detail":"The log cannot be written."}""";
        await using var mesh = await StubMesh.Start(Problem, 503);
        using var client = Calls.Registry(mesh.Url);
        var result = await Calls.ResultOfAsync(client.Discovery.SetModeAsync(new() { Name = "hello", Mode = "draining" },
            cancellationToken: Cancel));
        Assert.Equal((false, "The log cannot be written."), (result.Success, result.Message));
        Assert.Single(mesh.Requests);
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_is_said_to_be_unreachable()
    {
        using var client = Calls.Registry($"http://127.0.0.1:{FreePort.Next()}");
        var result = await Calls.ResultOfAsync(client.Log.VerifyAsync(Cancel));
        Assert.False(result.Success);
        Assert.StartsWith("cannot reach the mesh at ", result.Message, StringComparison.Ordinal);
    }
}
