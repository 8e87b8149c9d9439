using System.Text.Json;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.DataPlane.Calls;

/// <summary>The sample <c>samples/Caller</c>, a console program on Mesh.DataPlane, as it is built.</summary>
public class CallerSampleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_sends_again_and_leaves_alone_an_endpoint_that_goes_on_failing()
    {
        await using var ailing = await TestUpstream.Start(Unavailable);
        await using var good = await TestUpstream.Named("good");
        await using var fallback = await TestUpstream.Named("fallback");
        var output = await Run($"127.0.0.1:{ailing.Port},127.0.0.1:{good.Port}", $"127.0.0.1:{fallback.Port}", "12");
        var lines = output.Split('\n');
        Assert.Equal(3, lines.Count(line => line == $"200 from 127.0.0.1:{good.Port} after 2 attempt(s): good"));
        Assert.Equal(9, lines.Count(line => line == $"200 from 127.0.0.1:{good.Port} after 1 attempt(s): good"));
        Assert.Contains($"tried again 3, fell back 0, ejected 127.0.0.1:{ailing.Port}", lines);
    }

    [Fact]
    public async Task It_has_the_fallback_answer_where_the_service_cannot()
    {
        await using var ailing = await TestUpstream.Start(Unavailable);
        await using var fallback = await TestUpstream.Named("fallback");
        var output = await Run($"127.0.0.1:{ailing.Port}", $"127.0.0.1:{fallback.Port}", "2");
        Assert.Equal(2,
            output.Split('\n')
                .Count(line => line.StartsWith($"200 from 127.0.0.1:{fallback.Port} ", StringComparison.Ordinal)
                    && line.EndsWith(": fallback", StringComparison.Ordinal)));
        Assert.Contains("fell back 2", output);
    }

    [Fact]
    public void It_runs_on_the_plain_runtime_alone()
    {
        var settings = File.ReadAllBytes(Path.ChangeExtension(RepositoryRoot.ExecutableOf("samples/Caller"), null) + ".runtimeconfig.json");
        using var json = JsonDocument.Parse(settings);
        Assert.Equal("Microsoft.NETCore.App",
            json.RootElement.GetProperty("runtimeOptions").GetProperty("framework").GetProperty("name").GetString());
    }

    private static Task Unavailable(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private static async Task<string> Run(params string[] arguments)
    {
        await using var program = ChildProcess.Start("samples/Caller", null, arguments);
        await program.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.True(program.ExitCode == 0, program.Output);
        return program.Output;
    }
}
