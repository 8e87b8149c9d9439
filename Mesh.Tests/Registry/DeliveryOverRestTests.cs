using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class DeliveryOverRestTests(SharedRegistry registry)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private static bool Changed(JsonElement answer) => answer.GetProperty("changed").GetBoolean();

    private static string Canary(string ns, string more = "") =>
        $$"""{"namespace":"{{ns}}","service":"shop","stable":"shop@v1","canary":"shop@v2"{{more}}}""";

    private Task<(int Status, JsonElement Body, HttpResponseMessage Response)> Post(string path, string body,
        params (string, string)[] headers) => registry.Send(HttpMethod.Post, path, body, headers);

    private async Task Serve(string ns)
    {
        foreach (var version in (string[])["v1", "v2"])
            await registry.Register(
                $$"""{"name":"shop","namespace":"{{ns}}","url":"http://127.0.0.1:{{version[1]}}","version":"{{version}}"}""");
    }

    private async Task<string> Leads(string ns) =>
        string.Join(", ",
            (await registry.Get($"/api/traffic/routes/shop/default?namespace={ns}&consistency=strong")).Body.GetProperty("destinations")
                .EnumerateArray()
        .Select(to => $"{to.GetProperty("subset").GetString()} {to.GetProperty("weight").GetInt32()}"));

    [Theory]
    [InlineData("/api/traffic", "canary")]
    [InlineData("/api/v1/traffic", "canary-v1")]
    public async Task A_canary_is_started_shown_promoted_and_aborted_and_repeating_says_nothing_changed(string prefix, string ns)
    {
        await Serve(ns);
        var (status, started, response) = await Post($"{prefix}/canaries", Canary(ns));
        Assert.True(status == 200, started.ToString());
        Assert.Equal((true, "running", 1, 5, "\"1\""),
            (Changed(started), started.GetProperty("phase").GetString(), started.GetProperty("step").GetInt32(),
                started.GetProperty("weight").GetInt32(), response.Headers.ETag!.Tag));
        Assert.False(Changed((await Post($"{prefix}/canaries", Canary(ns))).Body));
        Assert.Equal("v1 95, v2 5", await Leads(ns));

        var (_, shown, one) = await registry.Get($"{prefix}/canaries/shop?namespace={ns}");
        Assert.Equal(("\"1\"", "running", "holds"),
            (one.Headers.ETag!.Tag, shown.GetProperty("phase").GetString(), shown.GetProperty("verdict").GetString()));
        Assert.Equal(("5m", 100, "started"),
            (shown.GetProperty("bakeTime").GetString(), shown.GetProperty("success").GetProperty("minRequests").GetInt32(),
                shown.GetProperty("history")[0].GetProperty("what").GetString()));
        Assert.Equal(1, (await registry.Get($"{prefix}/canaries?namespace={ns}")).Body.GetProperty("items").GetArrayLength());

        var whose = $$"""{"namespace":"{{ns}}","service":"shop"}""";
        Assert.Equal(412, (await Post($"{prefix}/canaries/promote", whose, ("If-Match", "\"7\""))).Status);
        var (_, promoted, _) = await Post($"{prefix}/canaries/promote", whose, ("If-Match", "\"1\""));
        Assert.Equal((2, 25), (promoted.GetProperty("step").GetInt32(), promoted.GetProperty("weight").GetInt32()));
        var (_, aborted, _) = await Post($"{prefix}/canaries/abort",
            $$"""{"namespace":"{{ns}}","service":"shop","reason":"wrong prices"}""");
        Assert.Equal((true, "aborted", "shop@v1"),
            (Changed(aborted), aborted.GetProperty("phase").GetString(), aborted.GetProperty("to").GetString()));
        Assert.False(Changed((await Post($"{prefix}/canaries/abort", whose)).Body));
        Assert.Equal("v1 100", await Leads(ns));
        Assert.Equal("wrong prices", (await registry.Get($"{prefix}/canaries/shop?namespace={ns}")).Body.GetProperty("reason").GetString());
        Assert.Equal(409, (await Post($"{prefix}/canaries/promote", whose)).Status);
    }

    [Fact]
    public async Task A_switch_and_its_rollback_are_one_write_each_and_keys_make_them_count_once()
    {
        const string ns = "blue-green";
        await Serve(ns);
        await Post("/api/traffic/routes", $$"""{"namespace":"{{ns}}","service":"shop","destinations":[{"service":"shop@v1"}]}""");
        var wish = $$"""{"namespace":"{{ns}}","service":"shop","to":"shop@v2"}""";
        Assert.True(Changed((await Post("/api/traffic/blue-green", wish, ("Idempotency-Key", "switch-1"))).Body));
        var (_, again, response) = await Post("/api/traffic/blue-green", wish, ("Idempotency-Key", "switch-1"));
        Assert.Equal((true, "true"), (Changed(again), response.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.False(Changed((await Post("/api/traffic/blue-green", wish)).Body));
        Assert.Equal("v2 100", await Leads(ns));
        var (_, shown, _) = await registry.Get($"/api/traffic/blue-green/shop?namespace={ns}");
        Assert.Equal(("switched", "v1"),
            (shown.GetProperty("phase").GetString(), shown.GetProperty("before")[0].GetProperty("subset").GetString()));
        var (_, back, _) = await Post("/api/traffic/blue-green/rollback", $$"""{"namespace":"{{ns}}","service":"shop"}""");
        Assert.Equal((true, "rolled-back", "shop@v1"),
            (Changed(back), back.GetProperty("phase").GetString(), back.GetProperty("to").GetString()));
        Assert.Equal("v1 100", await Leads(ns));
        Assert.Equal("rolled-back",
            (await registry.Get($"/api/v1/traffic/blue-green?namespace={ns}")).Body.GetProperty("items")[0].GetProperty("phase")
                .GetString());
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_and_writes_nothing()
    {
        await Serve("delivery-faults");
        var head = await registry.Head();
        var (status, body, _) = await Post("/api/traffic/canaries?what=1", """{"service":"S","canary":"x@","steps":[5,5],"colour":1}""");
        Assert.Equal(400, status);
        Assert.Equal(["canary", "colour", "service", "steps[1]", "what"],
            body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!)
                .Order(StringComparer.Ordinal));
        foreach (var (path, json, expected) in ((string, string, int)[])
        [
            ("canaries/promote", """{"service":"shop","all":true,"step":2}""", 400),
            ("canaries/promote", """{"service":"shop","step":0}""", 400), ("canaries/promote", """{"service":"nothing"}""", 404),
            ("canaries/abort", "{}", 400), ("canaries/abort", """{"service":"nothing"}""", 404),
            ("canaries", Canary("delivery-faults").Replace("@v2", "@v9", StringComparison.Ordinal), 409),
            ("blue-green", """{"service":"shop"}""", 400), ("blue-green", """{"service":"nothing","to":"nobody"}""", 409),
            ("blue-green/rollback", """{"service":"nothing"}""", 404), ("blue-green/rollback", """{"service":"a","x":1}""", 400),
        ])
            Assert.Equal((path, json, expected), (path, json, (await Post($"/api/traffic/{path}", json)).Status));
        Assert.Equal(404, (await registry.Get("/api/traffic/canaries/nothing")).Status);
        Assert.Equal(404, (await registry.Get("/api/traffic/blue-green/nothing")).Status);
        Assert.Equal(head, await registry.Head());
    }

    [Fact]
    public async Task A_route_under_a_canary_is_refused_with_the_canarys_name()
    {
        await Serve("canary-hold");
        await Post("/api/traffic/canaries", Canary("canary-hold"));
        var (status, body, _) = await registry.Send(HttpMethod.Delete,
            "/api/traffic/routes?service=shop&name=default&namespace=canary-hold");
        Assert.Equal(409, status);
        Assert.Contains("shop@v2 (step 1 of 4, 5 %)", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GRPC_has_the_same_rules_and_what_it_shows_can_be_sent_back()
    {
        await Serve("rpc-canary");
        using var channel = GrpcChannel.ForAddress(registry.Address);
        var delivery = new V1.Delivery.DeliveryClient(channel);
        var canary = new V1.Canary
        {
            Namespace = "rpc-canary",
            Service = "shop",
            Stable = "shop@v1",
            Canary_ = "shop@v2",
            Steps = { 20 },
            Success = new V1.CanarySuccess { MaxErrorPercent = 0 },
        };
        var started = await delivery.StartCanaryAsync(canary, cancellationToken: Ending);
        Assert.Equal((true, "running", 1, 20, 1L), (started.Changed, started.Phase, started.Step, started.Weight, started.Revision));
        var shown = await delivery.GetCanaryAsync(new() { Namespace = "rpc-canary", Service = "shop" }, cancellationToken: Ending);
        Assert.Equal(("holds", "5m", 0d, 100), (shown.Verdict, shown.BakeTime, shown.Success.MaxErrorPercent, shown.Success.MinRequests));
        Assert.Equal([20, 100], shown.Steps);
        Assert.False((await delivery.StartCanaryAsync(shown, cancellationToken: Ending)).Changed);
        Assert.Equal("completed",
            (await delivery.PromoteCanaryAsync(new() { Namespace = "rpc-canary", Service = "shop", All = true },
                cancellationToken: Ending)).Phase);
        Assert.Equal("completed",
            Assert.Single((await delivery.ListCanariesAsync(new() { Namespace = "rpc-canary" }, cancellationToken: Ending)).Items).Phase);
        Assert.Equal("switched",
            (await delivery.SwitchBlueGreenAsync(new() { Namespace = "rpc-canary", Service = "shop", To = "shop@v1" },
                cancellationToken: Ending)).Phase);
        Assert.Equal("shop@v2",
            (await delivery.RollBackBlueGreenAsync(new() { Namespace = "rpc-canary", Service = "shop" }, cancellationToken: Ending)).To);
        Assert.Equal("rolled-back",
            (await delivery.GetBlueGreenAsync(new() { Namespace = "rpc-canary", Service = "shop" }, cancellationToken: Ending)).Phase);
        Assert.Single((await delivery.ListBlueGreenAsync(new() { Namespace = "rpc-canary" }, cancellationToken: Ending)).Items);
        var wrong = await Assert.ThrowsAsync<RpcException>(
            () => delivery.StartCanaryAsync(new V1.Canary { Service = "S", BakeTime = "soon" }, cancellationToken: Ending).ResponseAsync);
        foreach (var field in (string[])["service: ", "bakeTime: ", "canary: "])
            Assert.Contains(field, wrong.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verdict_of_a_worker_names_its_canary_and_step_and_counts_once()
    {
        await Serve("verdict");
        await Post("/api/traffic/canaries", Canary("verdict"));
        using var channel = GrpcChannel.ForAddress(registry.Address);
        var worker = new V1.DeliveryStatus.DeliveryStatusClient(channel);
        var verdict = new V1.CanaryVerdict
        {
            Namespace = "verdict",
            Service = "shop",
            Canary = 1,
            Step = 1,
            Reason = "5 of 100 requests failed",
        };
        // Its bake time is not over, whatever the worker's clock says.
        Assert.False((await worker.AdvanceAsync(verdict, cancellationToken: Ending)).Changed);
        Assert.False((await worker.AbortAsync(new V1.CanaryVerdict(verdict) { Step = 2 }, cancellationToken: Ending)).Changed);
        Assert.True((await worker.AbortAsync(verdict, cancellationToken: Ending)).Changed);
        Assert.False((await worker.AbortAsync(verdict, cancellationToken: Ending)).Changed);
        var wrong = await Assert.ThrowsAsync<RpcException>(
            () => worker.AbortAsync(new V1.CanaryVerdict { Service = "shop" }, cancellationToken: Ending).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, wrong.StatusCode);
    }
}
