using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>
/// What a deployment is made from. With <c>MESH_GOLDEN_UPDATE=1</c> the file is written instead of compared; read the difference before
/// committing it.
/// </summary>
public sealed class PublishingTests
{
    private static readonly TimeSpan AtTheLatest = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_manifest_is_the_one_on_file()
    {
        var made = $"{await Manifest.Publish()}";
        var path = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "AppHost", "Golden", "manifest.json");
        if (Environment.GetEnvironmentVariable("MESH_GOLDEN_UPDATE") == "1") await File.WriteAllTextAsync(path, made, Cancellation);

        Assert.Equal(await File.ReadAllTextAsync(path, Cancellation), made);
    }

    [Fact]
    public async Task An_ingress_speaks_HTTP_2_to_what_has_gRPC_and_lets_strangers_reach_the_gateway_alone()
    {
        var manifest = await Manifest.Publish();
        Assert.Equal(
            ["registry http2 inside", "controlplane http2 inside", "worker http inside", "gateway http outside"],
            manifest.Resources.Where(resource => $"{resource.Value!["type"]}" == "project.v0").Select(resource =>
            {
                // azd makes an app's ingress of its only HTTP binding, and refuses one with a port other than 80.
                var (name, binding) = Assert.Single(resource.Value!["bindings"]!.AsObject());
                Assert.Equal(("http", "http", null), (name, $"{binding!["scheme"]}", binding["port"]));
                Assert.Equal($"{{{resource.Key}.bindings.http.targetPort}}", $"{resource.Value["env"]!["HTTP_PORTS"]}");
                return $"{resource.Key} {binding["transport"]} {(binding["external"] is null ? "inside" : "outside")}";
            }));
    }

    [Fact]
    public async Task Nothing_that_must_be_kept_is_on_a_containers_own_disk()
    {
        var manifest = await Manifest.Publish();
        foreach (var named in (string[])["mesh", "kafka"])
            Assert.Equal(("parameter.v0", "true"), ($"{manifest[named]["type"]}", $"{manifest[named]["inputs"]!["value"]!["secret"]}"));
        var (name, redis) = Assert.Single(manifest.Resources,
            resource => $"{resource.Value!["type"]}".StartsWith("container.", StringComparison.Ordinal));
        Assert.Equal(("redis", "/data"), (name, $"{Assert.Single(redis!["volumes"]!.AsArray())!["target"]}"));
        Assert.EndsWith("--save 60 1", $"{redis["args"]!.AsArray()[^1]}");
    }

    [Fact]
    public async Task A_redis_that_is_named_takes_the_place_of_the_container_and_its_address_is_not_in_the_manifest()
    {
        var manifest = await Manifest.Publish("redis");
        Assert.Equal("parameter.v0", $"{manifest["redis"]["type"]}");
        Assert.DoesNotContain(manifest.Resources,
            resource => $"{resource.Value!["type"]}".StartsWith("container.", StringComparison.Ordinal));
        Assert.Equal("{redis.connectionString}", $"{manifest["controlplane"]["env"]!["ConnectionStrings__redis"]}");
        Assert.DoesNotContain("\"named\"", $"{manifest}");
    }

    [Fact]
    public async Task The_samples_are_not_published()
    {
        await using var apphost = ChildProcess.Start("Mesh.AppHost", null, "--demo", "--publisher", "manifest", "--output-path", "x.json");
        await apphost.WaitForExit(AtTheLatest);
        Assert.Equal(1, apphost.ExitCode);
        Assert.Contains("Leave it out to publish.", apphost.Output);
    }

    [Fact]
    public async Task The_file_that_azd_reads_names_an_Aspire_host()
    {
        var settings = (await File.ReadAllLinesAsync(Path.Combine(RepositoryRoot.Path, "azure.yaml"), Cancellation))
            .Where(line => line is not ['#', ..] && line.Contains(": ", StringComparison.Ordinal))
            .ToDictionary(line => line.Split(": ")[0].Trim(), line => line.Split(": ")[1].Trim());
        Assert.Equal(("dotnet", "containerapp"), (settings["language"], settings["host"]));
        var project = Path.GetFullPath(settings["project"], RepositoryRoot.Path);
        Assert.True(File.Exists(project), project);

        await using var msbuild = ChildProcess.StartProgram("dotnet", null, "msbuild", project, "-getProperty:IsAspireHost");
        await msbuild.WaitForExit(AtTheLatest);
        Assert.Equal("true", msbuild.Output.Trim());
    }

    [Fact]
    public async Task With_containers_on_one_machine_kafka_tells_its_clients_the_address_that_they_reach_it_by()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(["--containers"],
            Cancellation);
        var kafka = (IResourceWithEnvironment)builder.Resources.Single(resource => resource.Name == "kafka");
        var endpoint = Assert.Single(kafka.Annotations.OfType<EndpointAnnotation>());
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 54_321);
#pragma warning disable CS0618 // The way that takes its place wants an execution context, which only a built application has.
        var environment = await kafka.GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Run);
#pragma warning restore CS0618
        Assert.Equal("PLAINTEXT://localhost:54321,BROKER://localhost:9094", environment["KAFKA_ADVERTISED_LISTENERS"]);
        Assert.Equal("BROKER", environment["KAFKA_INTER_BROKER_LISTENER_NAME"]);
    }
}
