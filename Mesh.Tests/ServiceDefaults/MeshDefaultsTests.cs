using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Confluent.Kafka;
using Mesh.Api.Permissions;
using Mesh.Kernel.Settings;
using Mesh.Messaging.Connections;
using Mesh.ServiceDefaults.Logging;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Mesh.Tests.ServiceDefaults;

public sealed class MeshDefaultsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_is_not_ready_lives_and_says_what_is_missing()
    {
        await using var host = await TestHost.Start(
            builder => builder.Services.AddHealthChecks().AddCheck("log", () => HealthCheckResult.Unhealthy("no database")));
        using var client = new HttpClient { BaseAddress = host.Address };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancellation)).StatusCode);
        var ready = await client.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var checks = (await ready.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("checks").EnumerateArray();
        Assert.Contains(checks,
            check => check.GetProperty("name").GetString() == "log" && check.GetProperty("description").GetString() == "no database");
    }

    [Fact]
    public async Task Metrics_are_there_for_Prometheus()
    {
        await using var host = await TestHost.Start();
        using var client = new HttpClient { BaseAddress = host.Address };
        Assert.Contains("service_name=\"test\"", await client.GetStringAsync("/metrics", Cancellation));
    }

    [Fact]
    public async Task Every_default_endpoint_names_a_permission()
    {
        await using var host = await TestHost.Start();
        var endpoints = host.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText != "/version");
        Assert.All(endpoints, endpoint => Assert.Equal("host.observe", endpoint.Metadata.GetMetadata<MeshPermissionMetadata>()?.Name));
    }

    [Theory]
    [InlineData("discovery")]
    [InlineData("Discovery.Write")]
    [InlineData("")]
    public async Task A_permission_without_a_proper_name_fails_at_once(string name)
    {
        await using var host = await TestHost.Start();
        Assert.Throws<ArgumentException>(() => host.App.MapGet("/other", () => "").RequireMeshPermission(name));
    }

    [Fact]
    public void A_Redis_that_is_away_neither_fails_nor_holds_up_the_start()
    {
        var builder = WebApplication.CreateBuilder([$"--ConnectionStrings:redis=127.0.0.1:{FreePort.Next()}"]);
        builder.AddMeshRedis();
        var elapsed = Stopwatch.StartNew();
        using var app = builder.Build();
        var redis = app.Services.GetRequiredService<IConnectionMultiplexer>();
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.False(redis.IsConnected);
        Assert.Throws<RedisConnectionException>(() => redis.GetDatabase().Ping());
    }

    [Fact]
    public async Task A_host_whose_Redis_is_away_is_ready_and_says_that_it_is_away()
    {
        var port = FreePort.Next();
        await using var host = await TestHost.Start(builder => builder.AddMeshRedis().AddMeshRedis(),
            arguments: [$"--ConnectionStrings:redis=127.0.0.1:{port},password=secret"]);
        using var client = new HttpClient { BaseAddress = host.Address };
        var ready = await client.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        var text = await ready.Content.ReadAsStringAsync(Cancellation);
        var redis = JsonElement.Parse(text).GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "redis");
        Assert.Equal(("Degraded", $"Redis does not answer at 127.0.0.1:{port}"),
            (redis.GetProperty("status").GetString(), redis.GetProperty("description").GetString()));
        Assert.DoesNotContain("secret", text);
    }

    [Fact]
    public void Redis_takes_settings_by_the_names_of_Aspires_integration_and_fails_fast_all_the_same()
    {
        var builder = WebApplication.CreateBuilder(
        [
            $"--ConnectionStrings:redis=127.0.0.1:{FreePort.Next()},connectTimeout=9000",
            "--Aspire:StackExchange:Redis:ConfigurationOptions:ClientName=from-settings",
        ]);
        builder.AddMeshRedis();
        using var app = builder.Build();
        var options = app.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;
        Assert.Equal(("from-settings", false, BacklogPolicy.FailFast, 1_000),
            (options.ClientName, options.AbortOnConnectFail, options.BacklogPolicy, options.ConnectTimeout));
    }

    [Fact]
    public void Without_a_connection_string_there_is_no_Redis()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddMeshRedis("nowhere");
        using var app = builder.Build();
        Assert.Null(app.Services.GetService<IConnectionMultiplexer>());
    }

    [Fact]
    public void Kafka_is_bound_from_its_connection_string_and_its_section()
    {
        var configuration = Configuration(("ConnectionStrings:kafka", "127.0.0.1:9092"), ("Mesh:Kafka:FetchWaitMaxMs", "2"));
        var settings = MeshKafkaSettings.From(configuration);
        Assert.Equal(("127.0.0.1:9092", 2, 500), (settings.BootstrapServers, settings.FetchWaitMaxMs, settings.ReconcilerFetchWaitMaxMs));
        Assert.Equal("127.0.0.1:9092", settings.NewClientConfig("test").BootstrapServers);
        Assert.Throws<SettingException>(() => MeshKafkaSettings.From(Configuration()).NewClientConfig("test"));
    }

    [Fact]
    public void A_Kafka_that_wants_a_password_is_one_connection_string()
    {
        const string Text =
            "bootstrap.servers=127.0.0.1:9,127.0.0.1:10;security.protocol=sasl_ssl;sasl.mechanism=PLAIN;sasl.username=$ConnectionString;"
                + "sasl.password=\"Endpoint=sb://one/;SharedAccessKey=a=\"";
        var settings = MeshKafkaSettings.From(Configuration(("ConnectionStrings:kafka", Text)));
        Assert.Equal("127.0.0.1:9,127.0.0.1:10", settings.BootstrapServers);
        var client = settings.NewClientConfig("test");
        Assert.Equal((SecurityProtocol.SaslSsl, SaslMechanism.Plain), (client.SecurityProtocol, client.SaslMechanism));
        Assert.Equal(("$ConnectionString", "Endpoint=sb://one/;SharedAccessKey=a="), (client.SaslUsername, client.SaslPassword));
        // The library reads it as it is meant.
        using var producer = new ProducerBuilder<Null, string>(client).Build();
    }

    [Theory]
    [InlineData("bootstrap.servers=one:9093;sasl.password=\"secret", "cannot be read")]
    [InlineData("sasl.password=secret", "does not set bootstrap.servers")]
    [InlineData("bootstrap.servers=one:9093;password=secret", "holds password")]
    public void A_wrong_connection_string_of_Kafka_is_refused_without_telling_its_password(string text, string fault)
    {
        var refused = Assert.Throws<SettingException>(() => MeshKafkaSettings.From(Configuration(("ConnectionStrings:kafka", text))));
        Assert.StartsWith("ConnectionStrings__kafka ", refused.Message);
        Assert.Contains(fault, refused.Message);
        Assert.DoesNotContain("secret", $"{refused}");
    }

    [Theory]
    [InlineData("SessionTimeoutMs", "5")]
    [InlineData("FetchWaitMaxMs", "-1")]
    [InlineData("ReconcilerFetchWaitMaxMs", "999999")]
    [InlineData("Topic", "")]
    public async Task A_Kafka_setting_out_of_range_stops_the_start(string name, string value)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new($"Mesh:Kafka:{name}", value)]);
        builder.AddMeshKafka();
        using var host = builder.Build();
        Assert.Contains(name,
            (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken))).Message);
    }

    [Fact]
    public void A_folder_that_is_made_is_its_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        using var folder = new TempFolder();
        MeshData.CreateFolder(folder.File("data"));
#pragma warning disable CA1416 // skipped on Windows above
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.File("data")));
#pragma warning restore CA1416
    }

    [Fact]
    public void A_log_message_is_one_line_whatever_is_in_it()
    {
        var formatter = new MeshLogFormatter(new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)));
        using var output = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "A.B.Relay", new EventId(7), "one\ntwo",
            new InvalidOperationException("three\nfour"), (text, _) => text);
        formatter.Write(entry, null, output);
        Assert.Equal("03:04:05.678 warn Relay[7] one | two | System.InvalidOperationException: three | four\n", output.ToString());
    }

    [Fact]
    public void A_log_message_holds_nothing_that_a_terminal_obeys()
    {
        var formatter = new MeshLogFormatter();
        using var output = new StringWriter();
        formatter.Write(
            new LogEntry<string>(LogLevel.Warning, "A", new EventId(7), "an \u001b[31m origin \u009b0m", null, (text, _) => text), null,
            output);
        Assert.EndsWith("an \\u001B[31m origin \\u009B0m\n", output.ToString());
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
}
