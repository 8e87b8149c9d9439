using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Flow;

/// <summary>One command, one trace: from the CLI's request to the push that a proxy acknowledges, over four processes and Kafka.</summary>
public sealed class OneTraceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_trace_of_a_registration_runs_from_the_request_over_log_and_kafka_to_the_push()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(Cancellation);
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        foreach (var host in (string[])["registry", "controlplane", "gateway"]) await app.ResourceNotifications.WaitForResourceHealthyAsync(host, limit.Token);
        await using var upstream = await Upstream.StartAsync("traced");
        var apphost = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

        await using (var cli = ChildProcess.StartProgram(
            RepositoryRoot.ExecutableOf("Mesh.Cli", "cdaprod-registry"),
            new Dictionary<string, string?> { ["MESH_REGISTRY"] = app.GetEndpoint("registry").ToString() },
            "register", "traced", $"--url={upstream.Url}"))
        {
            await cli.WaitForExit();
            Assert.True(cli.ExitCode == 0, cli.Output);
        }

        using var http = new HttpClient { BaseAddress = new Uri(apphost) };
        string[] stages = ["log append", "kafka publish", "replica apply", "xds compile", "xds push"];
        await Eventually.Succeeds(
            async () =>
            {
                var trace = await http.GetFromJsonAsync<JsonElement>("/api/v1/traces/last?root=register", Cancellation);
                var spans = trace.GetProperty("spans").EnumerateArray().Select(span => span.GetProperty("name").GetString()!).ToArray();
                Assert.Contains(spans, name => name.Contains("/register", StringComparison.Ordinal));
                Assert.All(stages, stage => Assert.Contains(stage, spans));
            },
            TimeSpan.FromSeconds(60),
            "AppHost has the whole trace");
    }
}
