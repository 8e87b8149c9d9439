using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Net.Client;
using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Mesh.Api.Client.Requests;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Security;
using Mesh.Contracts.Traffic;
using Mesh.Tests.Registry;
using Mesh.Tests.Security.Support;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.ApiClient;

/// <summary>The client's methods against a real Registry process: each reaches its operation and reads its answer.</summary>
public sealed class OperationTests(SharedRegistry registry) : IClassFixture<SharedRegistry>, IDisposable
{
    private readonly RecordingHandler _record = new();
    private readonly List<IDisposable> _connections = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    [Fact]
    public async Task Every_operation_of_the_document_is_a_method()
    {
        var client = Client();
        await DiscoveryAsync(client);
        await ResilienceAsync(client);
        await RoutesAsync(client);
        await RolloutsAsync(client);
        await DeliveriesAsync(client);
        await SecurityAsync(client);
        await LogAsync(client);
        await DeadLettersAsync(client);

        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var missing = from path in document.GetProperty("paths").EnumerateObject()
                      // The short paths are the same operations as those under /api/v1, which only some have beside them.
                      where !path.Name.StartsWith("/api/v1/", StringComparison.Ordinal)
                          || !document.GetProperty("paths").TryGetProperty(path.Name.Replace("/v1", "", StringComparison.Ordinal), out _)
                      from method in path.Value.EnumerateObject()
                      let template = new Regex("^" + Regex.Replace(path.Name, @"\{\w+\}", "[^/]+") + "$")
                      where !_record.Requests.Any(request => request.Method.Equals(method.Name, StringComparison.OrdinalIgnoreCase)
                          && template.IsMatch(request.Path))
                      select $"{method.Name} {path.Name}";
        Assert.Empty(missing);
    }

    [Fact]
    public async Task A_refusal_says_every_fault_with_its_field()
    {
        var bad = new RegistrationRequest { Name = "Bad_Name", Address = "127.0.0.1", Port = 70_000 };
        var refused = await Assert.ThrowsAsync<MeshInvalidRequestException>(() => Client().Discovery.RegisterAsync(bad,
            cancellationToken: Cancel));
        Assert.Equal((400, false), (refused.Status, refused.IsTransient));
        Assert.Equal(["name", "port"], refused.Faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
        Assert.All(refused.Faults, fault => Assert.Contains(fault.Message, refused.Message, StringComparison.Ordinal));
        Assert.NotNull(refused.Problem!.TraceId ?? refused.Problem.Title);
    }

    [Fact]
    public async Task Each_kind_of_refusal_is_an_exception_of_its_own()
    {
        var client = Client();
        await client.Discovery.RegisterAsync(Instance("kinds") with { TtlSeconds = 30 }, cancellationToken: Cancel);
        await Assert.ThrowsAsync<MeshNotFoundException>(() => client.Discovery.GetAsync("nobody-knows-it", cancellationToken: Cancel));
        await Assert.ThrowsAsync<MeshPreconditionFailedException>(
            () => client.Discovery.DeregisterAsync("kinds", instanceId: "kinds-1", write: WriteOptions.IfRevision(999),
                cancellationToken: Cancel));
        await Assert.ThrowsAsync<MeshConflictException>(
            () => client.Discovery.HeartbeatAsync(new HeartbeatRequest { Name = "kinds", InstanceId = "kinds-1", Incarnation = 999 },
                Cancel));
    }

    [Fact]
    public async Task A_write_under_the_same_key_is_done_once_and_another_one_under_it_is_refused()
    {
        var client = Client();
        var key = new WriteOptions { IdempotencyKey = $"key-{Guid.NewGuid()}" };
        var first = await client.Discovery.RegisterAsync(Instance("keyed"), key, Cancel);
        var again = await client.Discovery.RegisterAsync(Instance("keyed"), key, Cancel);
        Assert.Equal((true, first.Value.Sequence), (again.Value.Changed, again.Value.Sequence));
        Assert.Equal(first.ETag, again.ETag);
        var other = await Assert.ThrowsAsync<MeshInvalidRequestException>(
            () => client.Discovery.RegisterAsync(Instance("keyed") with { Weight = 7 }, key, Cancel));
        Assert.Equal(422, other.Status);
    }

    [Fact]
    public async Task A_list_that_waits_comes_with_the_change()
    {
        var client = Client();
        await client.Discovery.RegisterAsync(Instance("awaited"), cancellationToken: Cancel);
        var now = await client.Discovery.ListAsync(new ServiceQuery { Name = "awaited" }, Cancel);
        var next = client.Discovery.ListAsync(
            new ServiceQuery { Name = "awaited", AfterSequence = now.Value.Sequence, Wait = TimeSpan.FromMinutes(2) }, Cancel);
        await client.Discovery.RegisterAsync(Instance("awaited") with { Weight = 7 }, cancellationToken: Cancel);
        Assert.Equal(7, (await next).Value.Items.Single().Instances.Single().Weight);
    }

    private static RegistrationRequest Instance(string name) => new() { Name = name, InstanceId = $"{name}-1",
        Url = "http://127.0.0.1:9001", Version = "v1" };

    private static async Task DiscoveryAsync(MeshApiClient client)
    {
        var discovery = client.Discovery;
        var registered = await discovery.RegisterAsync(Instance("api") with { TtlSeconds = 30, Metadata = new Dictionary<string,
            string> { ["team"] = "a" } }, cancellationToken: Cancel);
        Assert.Equal((true, "api-1"), (registered.Value.Changed, registered.Value.InstanceId));
        await discovery.HeartbeatAsync(new HeartbeatRequest { Name = "api", InstanceId = "api-1",
            Incarnation = registered.Value.Incarnation }, Cancel);
        await discovery.SetModeAsync(new ModeRequest { Name = "api", Mode = "draining" }, cancellationToken: Cancel);
        var one = await discovery.GetAsync("api", "default", Cancel);
        Assert.Equal(("draining", $"\"{one.Value.Revision}\""), (one.Value.Instances.Single().Mode, one.ETag));
        var query = new ServiceQuery { Namespace = "default", Protocol = "http", Version = "v1", Metadata = new Dictionary<string,
            string> { ["team"] = "a" } };
        Assert.Equal(["api"], (await discovery.ListAsync(query, Cancel)).Value.Items.Select(service => service.Name));
        Assert.True((await discovery.SetSettingsAsync("api", new ServiceSettings { EmptyPushProtection = false },
            cancellationToken: Cancel)).Value.Changed);
        Assert.True((await discovery.RemoveSettingsAsync("api", cancellationToken: Cancel)).Value.Changed);
        var replaced = await discovery.RegisterAsync(Instance("api") with { InstanceId = "api-2", Url = "http://127.0.0.1:9002",
            Replace = true }, cancellationToken: Cancel);
        Assert.Equal(1, replaced.Value.Instances);
        Assert.Equal(1, (await discovery.DeregisterAsync("api", cancellationToken: Cancel)).Value.Affected);
    }

    private static async Task ResilienceAsync(MeshApiClient client)
    {
        var resilience = client.Resilience;
        await resilience.SetCircuitBreakerAsync(new CircuitBreakerRequest { Service = "guarded", Threshold = 5 },
            cancellationToken: Cancel);
        await resilience.SetBulkheadAsync(new BulkheadRequest { Service = "guarded", MaxConcurrent = 5 }, cancellationToken: Cancel);
        await resilience.SetOutlierDetectionAsync(new OutlierDetectionRequest { Service = "guarded", Consecutive5xx = 5 },
            cancellationToken: Cancel);
        await resilience.SetRateLimitAsync(new RateLimitRequest { Service = "guarded", Requests = 5 }, cancellationToken: Cancel);
        await resilience.SetTimeoutAsync(new TimeoutRequest { Service = "guarded", Request = "2s" }, cancellationToken: Cancel);
        await resilience.SetFallbackAsync(new FallbackRequest { Service = "guarded", Fallback = "other" }, cancellationToken: Cancel);
        var kinds = Enum.GetValues<ResilienceKind>();
        Assert.Equal(kinds.Length, (await resilience.ListAsync(new PolicyQuery(Service: "guarded"), Cancel)).Value.Items.Count);
        foreach (var kind in kinds) Assert.True((await resilience.RemoveAsync(kind, "guarded", cancellationToken: Cancel)).Value.Changed);
    }

    private static async Task RoutesAsync(MeshApiClient client)
    {
        var route = new RouteRequest { Service = "shop", Destinations = [new DestinationRequest { Service = "shop", Subset = "v2",
            Weight = 20 }] };
        Assert.Equal("default", (await client.Routes.SetAsync(route, cancellationToken: Cancel)).Value.Route);
        var written = JsonElement.Parse(
            """{"service":"shop","name":"beta","match":[{"path":{"prefix":"/cart"}}],"destinations":[{"service":"shop"}]}""");
        await client.Routes.SetAsync(written, cancellationToken: Cancel);
        Assert.Equal(2, (await client.Routes.ListAsync("default", "shop", Cancel)).Value.Items.Count);
        Assert.Equal("beta", (await client.Routes.GetAsync("shop", "beta", cancellationToken: Cancel)).Value.Name);
        Assert.True((await client.Routes.RemoveAsync("shop", "beta", cancellationToken: Cancel)).Value.Changed);
        Assert.True((await client.Routes.RemoveDestinationAsync("shop", "shop@v2", cancellationToken: Cancel)).Value.Changed);

        var policy = new TrafficPolicyRequest { LoadBalancing = new LoadBalancingRequest { Policy = "least_request" } };
        await client.TrafficPolicies.SetAsync("shop", policy, cancellationToken: Cancel);
        Assert.Equal("least_request", (await client.TrafficPolicies.GetAsync("shop",
            cancellationToken: Cancel)).Value.LoadBalancing?.Policy);
        await client.TrafficPolicies.SetAsync("shop", JsonElement.Parse("""{"loadBalancing":{"policy":"random"}}"""),
            cancellationToken: Cancel);
        Assert.Single((await client.TrafficPolicies.ListAsync(cancellationToken: Cancel)).Value.Items);
        Assert.True((await client.TrafficPolicies.RemoveAsync("shop", cancellationToken: Cancel)).Value.Changed);
    }

    private static async Task RolloutsAsync(MeshApiClient client)
    {
        var change = JsonElement.Parse(
            """{"service":"rolled","name":"beta","match":[{"path":{"prefix":"/cart"}}],"destinations":[{"service":"rolled"}]}""");
        await client.Rollouts.StartAsync(new RolloutRequest { Service = "rolled", Percent = 10, Routes = [change] },
            cancellationToken: Cancel);
        var running = (await client.Rollouts.GetAsync("rolled", cancellationToken: Cancel)).Value;
        Assert.Equal(10, running.Percent);
        await client.Rollouts.AdvanceAsync("rolled", 50, cancellationToken: Cancel);
        await client.Rollouts.ReportAsync("rolled", new RolloutReport { Id = running.Id, Verdict = "pause",
            Reason = "no client is there" }, cancellationToken: Cancel);
        Assert.Single((await client.Rollouts.ListAsync(cancellationToken: Cancel)).Value.Items);
        Assert.True((await client.Rollouts.AbortAsync("rolled", cancellationToken: Cancel)).Value.Changed);
    }

    private static async Task DeliveriesAsync(MeshApiClient client)
    {
        foreach (var version in new[] { "v1", "v2" })
            await client.Discovery.RegisterAsync(Instance("delivered") with { InstanceId = version, Version = version,
                Url = $"http://127.0.0.1:900{version[1]}" }, cancellationToken: Cancel);
        var canary = new CanaryRequest { Service = "delivered", Stable = "delivered@v1", Canary = "delivered@v2", Steps = [10, 100] };
        Assert.Equal("running", (await client.Canaries.StartAsync(canary, cancellationToken: Cancel)).Value.Phase);
        Assert.Equal("completed", (await client.Canaries.PromoteAsync(new PromoteCanaryRequest { Service = "delivered", All = true },
            cancellationToken: Cancel)).Value.Phase);
        await client.Canaries.StartAsync(JsonElement.Parse("""{"service":"delivered","stable":"delivered@v2","canary":"delivered@v1"}"""),
            cancellationToken: Cancel);
        Assert.Equal("aborted", (await client.Canaries.AbortAsync(new AbortCanaryRequest { Service = "delivered" },
            cancellationToken: Cancel)).Value.Phase);
        Assert.Equal("delivered@v1", (await client.Canaries.GetAsync("delivered", cancellationToken: Cancel)).Value.Canary);
        Assert.Single((await client.Canaries.ListAsync(cancellationToken: Cancel)).Value.Items);

        await client.BlueGreen.SwitchAsync(new BlueGreenRequest { Service = "delivered", To = "delivered@v1" }, cancellationToken: Cancel);
        Assert.Equal("delivered@v1", (await client.BlueGreen.GetAsync("delivered", cancellationToken: Cancel)).Value.To);
        Assert.Equal("rolled-back", (await client.BlueGreen.RollBackAsync(new RollBackRequest { Service = "delivered" },
            cancellationToken: Cancel)).Value.Phase);
        Assert.Single((await client.BlueGreen.ListAsync(cancellationToken: Cancel)).Value.Items);
    }

    private static async Task SecurityAsync(MeshApiClient client)
    {
        var (authority, credentials) = (client.Authority, client.Credentials);
        var before = (await authority.GetAsync(Cancel)).Value;
        Assert.Equal(("cdaprod.mesh", "24h"), (before.TrustDomain, before.LeafLifetime));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (await authority.GetBundleAsync(Cancel)).Value.Pem, StringComparison.Ordinal);
        var once = new WriteOptions { IdempotencyKey = $"key-{Guid.NewGuid()}" };
        Assert.True((await authority.RotateAsync(new(), once, Cancel)).Value.Changed);
        Assert.False((await authority.RotateAsync(new(), once, Cancel)).Value.Changed);
        await Assert.ThrowsAsync<MeshInvalidRequestException>(
            () => authority.ImportAsync(new() { Certificates = "none", Key = "none" }, cancellationToken: Cancel));

        var token = (await credentials.CreateJoinTokenAsync(new() { Service = "shop", Lifetime = "10m" }, Cancel)).Value;
        Assert.StartsWith("mesh-join.", token.Token, StringComparison.Ordinal);
        // Of a whole token only the id is sent.
        Assert.True((await credentials.RevokeJoinTokenAsync(token.Token, Cancel)).Value.Changed);
        Assert.False((await credentials.RevokeJoinTokenAsync(token.Id, Cancel)).Value.Changed);
        Assert.Equal("revoked", (await credentials.ListJoinTokensAsync(Cancel)).Value.Items[0].State);
        await Assert.ThrowsAsync<MeshNotFoundException>(() => credentials.RevokeJoinTokenAsync("nobody", Cancel));

        var (mtls, mode) = (client.Mtls, new MtlsModeBody { Service = "guarded", Mode = "permissive" });
        var set = await mtls.SetAsync(mode, cancellationToken: Cancel);
        Assert.Equal((true, "permissive", $"\"{set.Value.Revision}\""), (set.Value.Changed, set.Value.Mode, set.ETag));
        Assert.Equal("permissive", Assert.Single((await mtls.ListAsync("guarded", cancellationToken: Cancel)).Value.Items).Effective);
        Assert.True((await mtls.RemoveAsync("guarded", cancellationToken: Cancel)).Value.Changed);
        Assert.True((await mtls.SetAsync(new() { Namespace = "guarded" }, cancellationToken: Cancel)).Value.Changed);
        Assert.True((await mtls.RemoveAsync(null, "guarded", cancellationToken: Cancel)).Value.Changed);

        using var key = TestCsr.Key();
        var join = (await credentials.CreateJoinTokenAsync(new() { Service = "bank" }, Cancel)).Value;
        var first = (await client.Certificates.SignAsync(new() { Csr = TestCsr.Of(key), JoinToken = join.Token }, Cancel)).Value;
        var csr = TestCsr.Of(key);
        var renewal = new RenewCertificateBody
        {
            Csr = csr, Certificate = first.CertificateChain[0], Signature = Convert.ToBase64String(TestIdentity.Sign(key, csr)),
        };
        Assert.Equal(first.SpiffeId, (await client.Certificates.RenewAsync(renewal, Cancel)).Value.SpiffeId);
        var issued = (await authority.ListCertificatesAsync("bank", limit: 5, cancellationToken: Cancel)).Value.Items;
        Assert.Equal([join.Id, join.Id], issued.Select(one => one.Lineage));
        Assert.True((await credentials.AddRevocationAsync(new() { Serial = issued[1].Serial }, Cancel)).Value.Changed);
        Assert.True((await credentials.RemoveRevocationAsync(serial: issued[1].Serial, cancellationToken: Cancel)).Value.Changed);

        await Assert.ThrowsAsync<MeshNotFoundException>(() => credentials.AddRevocationAsync(new() { Serial = "4A:01" }, Cancel));
        Assert.True((await credentials.AddRevocationAsync(new() { Service = "shop", Reason = "lost" }, Cancel)).Value.Changed);
        var denied = Assert.Single((await credentials.ListRevocationsAsync(Cancel)).Value.Items);
        Assert.Equal(("spiffe://cdaprod.mesh/ns/default/sa/shop", "lost", "anonymous"), (denied.Identity, denied.Reason, denied.Actor));
        Assert.True((await credentials.RemoveRevocationAsync(service: "shop", cancellationToken: Cancel)).Value.Changed);
        Assert.False((await credentials.RemoveRevocationAsync(serial: "4a01", cancellationToken: Cancel)).Value.Changed);
        Assert.Empty((await authority.ListCertificatesAsync("shop", limit: 5, cancellationToken: Cancel)).Value.Items);
    }

    private static async Task LogAsync(MeshApiClient client)
    {
        var status = (await client.Log.GetStatusAsync(Cancel)).Value;
        Assert.Equal(status.LogId, (await client.Log.GetStatusJsonAsync(Cancel)).Value.GetProperty("logId").GetString());
        var events = (await client.Log.ListEventsAsync(new EventQuery { After = 0, Limit = 1, Stream = "discovery/default/api" },
            Cancel)).Value;
        Assert.Equal("cdaprod.mesh.discovery.service-registered.v1", events.Items.Single().Type);
        Assert.Equal(status.Head, (await client.Log.GetStateAsync($"{status.Head}", Cancel)).Value.Sequence);
        Assert.True((await client.Log.VerifyAsync(Cancel)).Value.Intact);
    }

    private async Task DeadLettersAsync(MeshApiClient client)
    {
        using var channel = GrpcChannel.ForAddress(registry.Address);
        var parked = await new V1.DeadLetters.DeadLettersClient(channel).ParkAsync(
            new V1.DeadLetter { Reconciler = "discovery-defaults", Resource = "default/parked", Reason = "It never settles." },
            cancellationToken: Cancel);
        var letter = Assert.Single((await client.DeadLetters.ListAsync(Cancel)).Value.Items);
        Assert.Equal((parked.Item.Id, "default/parked"), (letter.Id, letter.Resource));
        Assert.Equal(letter, (await client.DeadLetters.GetAsync(letter.Id, Cancel)).Value);
        Assert.Equal((true, letter), ((await client.DeadLetters.ReplayAsync(letter.Id, Cancel)).Value is var replayed
            ? (replayed.Changed, replayed.Item) : default));
        await Assert.ThrowsAsync<MeshNotFoundException>(() => client.DeadLetters.ReplayAsync(letter.Id, Cancel));
    }

    private MeshApiClient Client()
    {
        var http = new HttpClient(_record, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        _connections.Add(http);
        return new MeshApiClient(registry.Address, http);
    }
}
