using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Security;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;
using Mesh.Tests.Support;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Kernel.Values;

/// <summary>An answer becomes the message that protobuf's own parser would make of its JSON, without that JSON.</summary>
public class AnswerMessageTests(ITestOutputHelper output)
{
    private const int Messages = 2_000;

    // Answers always have what messages leave out as a default.
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    [Fact]
    public void Lists_of_routes() => Same<V1.RouteList, RouteListAnswer>(TrafficJson.Default.RouteListAnswer);

    [Fact]
    public void Routes() => Same<V1.Route, RouteAnswer>(TrafficJson.Default.RouteAnswer);

    [Fact]
    public void Traffic_policies() => Same<V1.TrafficPolicy, TrafficPolicyAnswer>(TrafficJson.Default.TrafficPolicyAnswer);

    [Fact]
    public void Lists_of_canaries() => Same<V1.CanaryList, CanaryListAnswer>(TrafficJson.Default.CanaryListAnswer);

    [Fact]
    public void Lists_of_switches() => Same<V1.BlueGreenList, BlueGreenListAnswer>(TrafficJson.Default.BlueGreenListAnswer);

    [Fact]
    public void Lists_of_resilience_policies() => Same<V1.PolicyList, PolicyListAnswer>(RestJson.Default.PolicyListAnswer);

    [Fact]
    public void Lists_of_services() => Same<V1.ServiceList, ServiceListAnswer>(RestJson.Default.ServiceListAnswer);

    [Fact]
    public void Lists_of_modes_of_mutual_TLS() => Same<V1.MtlsModeList, MtlsListAnswer>(SecurityJson.Default.MtlsListAnswer);

    [Fact]
    public void What_REST_shows_and_gRPC_does_not_is_known()
    {
        Assert.Empty(AnswerMessages.LeftOut(TrafficJson.Default.RouteListAnswer, V1.RouteList.Descriptor));
        Assert.Empty(AnswerMessages.LeftOut(TrafficJson.Default.TrafficPolicyAnswer, V1.TrafficPolicy.Descriptor));
        Assert.Empty(AnswerMessages.LeftOut(TrafficJson.Default.CanaryListAnswer, V1.CanaryList.Descriptor));
        Assert.Empty(AnswerMessages.LeftOut(TrafficJson.Default.BlueGreenListAnswer, V1.BlueGreenList.Descriptor));
        Assert.Empty(AnswerMessages.LeftOut(SecurityJson.Default.MtlsListAnswer, V1.MtlsModeList.Descriptor));
        Assert.Equal(["items.instances.healthSince", "items.instances.reason", "items.instances.revision", "items.settings"],
            AnswerMessages.LeftOut(RestJson.Default.ServiceListAnswer, V1.ServiceList.Descriptor).Order(StringComparer.Ordinal));
        // A policy's service stands beside it, not in it.
        string[] kinds = ["circuitBreaker", "bulkhead", "outlierDetection", "rateLimit", "timeout", "fallback"];
        Assert.Equal(kinds.SelectMany(kind => new[] { $"items.{kind}.service", $"items.{kind}.namespace" }),
            AnswerMessages.LeftOut(RestJson.Default.PolicyListAnswer, V1.PolicyList.Descriptor));
    }

    [Fact]
    public void It_allocates_a_fraction_of_what_the_way_over_text_does()
    {
        var random = TestSeed.Draws(1);
        var message = new V1.RouteList();
        for (var i = 0; i < 200; i++)
        {
            var route = new V1.Route();
            RandomMessage.Fill(route, random, all: true, finite: true);
            message.Items.Add(route);
        }

        var type = TrafficJson.Default.RouteListAnswer;
        var answer = JsonSerializer.Deserialize(Formatter.Format(message), type)!;
        var direct = Allocated(() => AnswerMessages.Fill(new V1.RouteList(), answer, type));
        var overText = Allocated(
            () => Parser.Parse<V1.RouteList>(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(answer, type))));
        output.WriteLine($"200 routes: {direct} bytes and {overText} over text");
        Assert.True(direct < overText / 2, $"{direct} bytes, and {overText} over text");
    }

    private static long Allocated(Func<object> work)
    {
        work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Same<TMessage, TAnswer>(JsonTypeInfo<TAnswer> type)
        where TMessage : class, IMessage<TMessage>, new()
        where TAnswer : class
    {
        var random = TestSeed.Draws(1);
        var compared = 0;
        for (var i = 0; i < Messages; i++)
        {
            var message = new TMessage();
            RandomMessage.Fill(message, random, all: i % 2 == 0, finite: true);
            if (AnswerOf(message, type) is not { } answer) continue;
            var expected = Parser.Parse<TMessage>(JsonSerializer.Serialize(answer, type));
            Assert.Equal(expected, AnswerMessages.Fill(new TMessage(), answer, type));
            compared++;
        }

        output.WriteLine($"{compared} of {Messages} were answers");
        Assert.True(compared > Messages / 20, $"only {compared} were answers");
    }

    // Not each message is an answer: it may lack what an answer always has.
    private static TAnswer? AnswerOf<TAnswer>(IMessage message, JsonTypeInfo<TAnswer> type) where TAnswer : class
    {
        try
        {
            var json = JsonNode.Parse(Formatter.Format(message))!.AsObject();
            // A policy in an answer repeats its service, which its message has only once.
            if (message is V1.PolicyList)
            {
                foreach (var part in (json["items"]?.AsArray() ?? []).SelectMany(item => item!.AsObject()).Select(field => field.Value))
                {
                    if (part is JsonObject policy) policy["service"] = "shop";
                }
            }

            return json.Deserialize(type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
