using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Mesh.Contracts.Rest;
using Mesh.Tests.Cli;
using Mesh.Tests.Support;

namespace Mesh.Tests.ApiClient;

/// <summary>What the client does where a mesh does not answer as it should.</summary>
public sealed class RetryTests
{
    private const string Registered = """{"changed":true,"sequence":3,"instances":1,"instanceId":"echo-1"}""";
    private const string NotNow =
        """{"title":"Not available now","status":503,"errors":[{"field":"","code":"log-unavailable","message":"The log cannot be """
            + """written."}]}""";
    private static readonly RegistrationRequest Echo = new() { Name = "echo", Url = "http://127.0.0.1:9001" };
    private static readonly MeshApiOptions Once = new() { Patience = TimeSpan.Zero };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_sent_again_under_the_same_key()
    {
        StubMesh mesh = null!;
        mesh = await StubMesh.Start((context, _) =>
        {
            if (mesh.Requests.Count > 1) return StubMesh.Answer(context, Registered);
            context.Abort(); // The request has arrived; its answer never does.
            return Task.CompletedTask;
        });
        await using (mesh)
        {
            var heard = new List<MeshApiException>();
            using var client = new MeshApiClient(new Uri(mesh.Url), new MeshApiOptions { Retrying = heard.Add });
            Assert.Equal(3, (await client.Discovery.RegisterAsync(Echo, cancellationToken: Cancel)).Value.Sequence);
            Assert.Equal(2, mesh.Requests.Count);
            Assert.Single(mesh.Requests.Select(request => request.Headers["Idempotency-Key"]).Distinct());
            Assert.Equal(UnreachableReason.Broken, Assert.IsType<MeshUnreachableException>(Assert.Single(heard)).Reason);
        }
    }

    [Fact]
    public async Task Two_writes_have_two_keys()
    {
        await using var mesh = await StubMesh.Start(Registered);
        using var client = new MeshApiClient(new Uri(mesh.Url));
        for (var i = 0; i < 2; i++) await client.Discovery.RegisterAsync(Echo, cancellationToken: Cancel);
        Assert.Equal(2, mesh.Requests.Select(request => request.Headers["Idempotency-Key"]).Distinct().Count());
    }

    [Fact]
    public async Task What_is_not_available_now_is_asked_for_again()
    {
        StubMesh mesh = null!;
        mesh = await StubMesh.Start((context, _) => mesh.Requests.Count > 2 ? StubMesh.Answer(context, Registered)
            : StubMesh.Answer(context, NotNow, 503));
        await using (mesh)
        {
            using var client = new MeshApiClient(new Uri(mesh.Url), new MeshApiOptions { Patience = TimeSpan.FromMinutes(1) });
            await client.Discovery.RegisterAsync(Echo, cancellationToken: Cancel);
            Assert.Equal(3, mesh.Requests.Count);
        }
    }

    [Fact]
    public async Task Without_patience_a_call_is_one_attempt()
    {
        await using var mesh = await StubMesh.Start(NotNow, 503);
        using var client = new MeshApiClient(new Uri(mesh.Url), Once);
        var refused = await Assert.ThrowsAsync<MeshUnavailableException>(() => client.Discovery.RegisterAsync(Echo,
            cancellationToken: Cancel));
        Assert.Equal((true, "log-unavailable"), (refused.IsTransient, refused.Faults.Single().Code));
        Assert.Single(mesh.Requests);
    }

    [Theory]
    [InlineData(400, typeof(MeshInvalidRequestException))]
    [InlineData(404, typeof(MeshNotFoundException))]
    [InlineData(409, typeof(MeshConflictException))]
    [InlineData(412, typeof(MeshPreconditionFailedException))]
    [InlineData(429, typeof(MeshLimitReachedException))]
    [InlineData(418, typeof(MeshRefusedException))]
    public async Task A_refusal_that_time_does_not_heal_is_not_repeated(int status, Type kind)
    {
        await using var mesh = await StubMesh.Start($$"""{"title":"No","status":{{status}}}""", status);
        using var client = new MeshApiClient(new Uri(mesh.Url));
        var refused = await Assert.ThrowsAsync(kind, () => client.Discovery.RegisterAsync(Echo, cancellationToken: Cancel));
        Assert.Equal($"refused: No ({status})", refused.Message);
        Assert.Single(mesh.Requests);
    }

    [Fact]
    public async Task An_answer_of_another_program_is_said_to_be_one()
    {
        await using var page = await StubMesh.Start("<html>", 200);
        using var client = new MeshApiClient(new Uri(page.Url), Once);
        await Assert.ThrowsAsync<MeshAnswerException>(() => client.Discovery.ListAsync(cancellationToken: Cancel));
        await using var proxy = await StubMesh.Start("no route", 404);
        using var through = new MeshApiClient(new Uri(proxy.Url), Once);
        var refused = await Assert.ThrowsAsync<MeshNotFoundException>(() => through.Discovery.ListAsync(cancellationToken: Cancel));
        Assert.Null(refused.Problem);
        Assert.EndsWith("answered 404: no route", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_and_a_mesh_that_is_too_slow_are_told_apart()
    {
        using var nowhere = new MeshApiClient(new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        var nobody = await Assert.ThrowsAsync<MeshUnreachableException>(() => nowhere.Discovery.ListAsync(cancellationToken: Cancel));
        Assert.Equal(UnreachableReason.NotConnected, nobody.Reason);

        await using var silent = await StubMesh.Start((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var waiting = new MeshApiClient(new Uri(silent.Url), Once with { AttemptTimeout = TimeSpan.FromMilliseconds(200) });
        var late = await Assert.ThrowsAsync<MeshUnreachableException>(() => waiting.Discovery.ListAsync(cancellationToken: Cancel));
        Assert.Equal((UnreachableReason.TimedOut, true), (late.Reason, late.IsTransient));
    }

    [Fact]
    public async Task What_is_put_into_a_path_or_a_query_is_escaped()
    {
        await using var mesh = await StubMesh.Start("{}", 404);
        using var client = new MeshApiClient(new Uri(mesh.Url + "/below/"), Once);
        await Assert.ThrowsAsync<MeshNotFoundException>(() => client.Routes.GetAsync("a/b", "c d", "e&f", Cancel));
        Assert.Equal("/below/api/traffic/routes/a%2Fb/c%20d?namespace=e%26f", mesh.Requests.Single().Url);
    }
}
