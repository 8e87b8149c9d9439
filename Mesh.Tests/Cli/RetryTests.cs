namespace Mesh.Tests.Cli;

public sealed class RetryTests : IDisposable
{
    private const string Registered = """{"changed":true,"sequence":3,"instances":1,"instanceId":"echo-1"}""";
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_sent_again_under_the_same_key()
    {
        StubMesh mesh = null!;
        mesh = await StubMesh.Start((context, _) =>
        {
            if (mesh.Requests.Count > 1)
                return StubMesh.Answer(context, Registered);
            context.Abort(); // The request has arrived; its answer never does.
            return Task.CompletedTask;
        });
        await using (mesh)
        {
            var result = await _cli.Registry("register", "echo", "--url=http://127.0.0.1:9001", "--registry", mesh.Url);

            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Equal("registered echo-1 of default/echo at sequence 3\n", result.Output);
            Assert.Contains("trying again", result.Error);
            Assert.Equal(2, mesh.Requests.Count);
            Assert.Single(mesh.Requests.Select(request => request.Headers["Idempotency-Key"]).Distinct());
            Assert.Single(mesh.Requests.Select(request => request.Headers["traceparent"][..35]).Distinct());
        }
    }

    [Fact]
    public async Task A_mesh_that_says_not_now_is_asked_again()
    {
        StubMesh mesh = null!;
        mesh = await StubMesh.Start((context, _) => mesh.Requests.Count > 2
            ? StubMesh.Answer(context, Registered)
            : StubMesh.Answer(context,
                """{"title":"Not available now","status":503,"errors":[{"field":"","code":"log-unavailable","message":"The log cannot """
                    + """be written."}]}""", 503));
        await using (mesh)
        {
            var result = await _cli.Registry("register", "echo", "--url=http://127.0.0.1:9001", "--registry", mesh.Url);

            Assert.True(result.ExitCode == 0 && mesh.Requests.Count == 3, result.ToString());
            Assert.Single(mesh.Requests.Select(request => request.Headers["Idempotency-Key"]).Distinct());
        }
    }

    [Fact]
    public async Task A_refusal_that_time_does_not_heal_is_not_repeated()
    {
        await using var mesh = await StubMesh.Start("""{"title":"A precondition is not met","status":412}""", 412);
        var result = await _cli.Registry("deregister", "echo", "--if-match", "\"3\"", "--registry", mesh.Url);
        Assert.Equal(new CliResult(1, "", "refused: A precondition is not met (412)\n"), result);
        Assert.Single(mesh.Requests);
    }
}
