using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Tests.Traffic.Delivery;

public class DeliveryInputTests
{
    private static IReadOnlyList<string> FaultsOf(string json)
    {
        var faults = new Faults();
        DeliveryLog.Read(json, faults);
        return [.. (faults.ToRefusal()?.Problems ?? []).Select(problem => $"{problem.Field} {problem.Code}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Unset_fields_get_their_defaults_and_normal_form_is_its_own()
    {
        var canary = DeliveryLog.StartOf("""{"service":"shop","canary":"shop.default@v2"}""").Canary;
        Assert.Equal(("default", "default", null, "shop@v2", "5m"),
            (canary.Namespace, canary.Route, canary.Stable, canary.Canary, canary.BakeTime));
        Assert.Equal([5, 25, 50, 100], canary.Steps!);
        Assert.Equal(new CanarySuccessSpec { MaxErrorPercent = 1, MinRequests = 100 }, canary.Success);
        var json = JsonSerializer.Serialize(canary, TrafficJson.Default.CanarySpec);
        Assert.Equal(json, JsonSerializer.Serialize(DeliveryLog.StartOf(json).Canary, TrafficJson.Default.CanarySpec));
        Assert.Equal([1, 100], DeliveryLog.StartOf("""{"service":"shop","canary":"shop@v2","steps":[1]}""").Canary.Steps!);
        Assert.Equal("1m", DeliveryLog.StartOf("""{"service":"shop","canary":"shop@v2","bakeTime":"60s"}""").Canary.BakeTime);
    }

    [Fact]
    public void Every_fault_is_named() => Assert.Equal(
        [
            "bakeTime out-of-range", "canary not-a-subset", "colour unknown-field", "namespace not-a-dns-label", "route not-a-dns-label",
            "service missing", "stable empty",
            "steps[0] out-of-range", "steps[2] not-rising", "steps[3] wrong-type", "steps[4] wrong-type",
            "success.maxErrorPercent out-of-range", "success.maxLatencyRatio out-of-range",
            "success.maxMeanLatency not-a-duration", "success.minRequests out-of-range", "success.x unknown-field",
        ],
        FaultsOf("""
            {"namespace":"N","route":"R!","stable":"","canary":"shop@v 2","steps":[0,50,50,"x",1.5],"bakeTime":"10ms","colour":1,
            "success":{"maxErrorPercent":101,"maxMeanLatency":"fast","maxLatencyRatio":0.5,"minRequests":0,"x":1}}
            """));

    [Theory]
    [InlineData("""{"service":"shop","canary":"shop@v2","steps":[]}""", "steps empty")]
    [InlineData("""{"service":"shop","canary":"shop@v2","steps":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}""",
        "steps too-many")]
    [InlineData("""{"service":"shop"}""", "canary missing")]
    [InlineData("""{"service":"shop","canary":"shop@v2","success":{"maxErrorPercent":0.00001}}""", "success.maxErrorPercent too-fine")]
    public void Single_faults_are_named(string json, string fault) => Assert.Equal([fault], FaultsOf(json));
}
