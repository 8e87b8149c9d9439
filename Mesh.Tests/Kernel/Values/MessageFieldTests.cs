using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Traffic;
using Mesh.Discovery.Register;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Tests.Support;
using Mesh.Traffic.Rules;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Kernel.Values;

/// <summary>
/// A message is read as its JSON form by protobuf's own mapping would be: the same values, the same faults, in the same order.
/// </summary>
public class MessageFieldTests(ITestOutputHelper output)
{
    private const int Messages = 2_000;

    private static readonly string[] Texts =
        ["", "shop", "v1", "2s", "250ms", "/cart", "GET", "5xx", "Bad_Name", "shop@v2", "UNAVAILABLE", "ring_hash", "http", "127.0.0.1",
            "é\u2028"];

    private static readonly int[] Numbers = [0, 1, -1, 20, 50, 100, 302, 1_000_000, int.MaxValue, int.MinValue];

    private static readonly double[] Decimals = [0, 0.5, 10, 100, -3, 1e300, double.NaN, double.PositiveInfinity];

    [Fact]
    public void Routes() => Same<V1.Route>((fields, faults) => Json(RouteReader.Read(fields, faults)?.Route,
        TrafficJson.Default.RouteSpec));

    [Fact]
    public void Traffic_policies() => Same<V1.TrafficPolicy>((fields, faults) =>
        Json(PolicyReader.Read(fields, new ServiceKey("default", "shop"), faults), TrafficJson.Default.TrafficPolicySpec));

    [Fact]
    public void Canaries() => Same<V1.Canary>((fields, faults) => Json(DeliveryReader.Canary(fields, faults),
        TrafficJson.Default.CanarySpec));

    [Fact]
    public void Registrations() => Same<V1.RegisterRequest>((fields, faults) =>
        RegisterRules.Read(RegisterInput.Read(fields), faults) is { } command
            ? Json(new ServiceRegistered(command.Instance, 1), DiscoveryJson.Default.ServiceRegistered) : null);

    [Fact]
    public void What_is_not_set_is_unset_and_a_default_that_is_set_is_not()
    {
        var faults = new Faults();
        var fields = JsonFields.Of(new V1.HealthCheck { Rise = 0 }, faults);
        Assert.Equal((0, null, null), (fields.Number("rise"), fields.Number("fall"), fields.Text("path")));
        fields.End();
        Assert.False(faults.Any);
    }

    private static string? Json<T>(T? value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class =>
        value is null ? null : JsonSerializer.Serialize(value, type);

    private void Same<T>(Func<JsonFields, Faults, string?> read) where T : IMessage<T>, new()
    {
        var random = TestSeed.Draws(1);
        var valid = 0;
        for (var i = 0; i < Messages; i++)
        {
            var message = new T();
            Fill(message, random, 0);
            var text = new JsonFormatter(JsonFormatter.Settings.Default).Format(message);
            var (there, here) = (new Faults(), new Faults());
            var expected = read(JsonFields.Of(JsonElement.Parse(text), "", there)!, there);
            Assert.Equal(expected, read(JsonFields.Of(message, here), here));
            Assert.Equal(there.ToRefusal()?.Problems ?? [], here.ToRefusal()?.Problems ?? []);
            if (expected is not null) valid++;
        }

        output.WriteLine($"{valid} of {Messages} were valid");
    }

    private static void Fill(IMessage message, Random random, int depth)
    {
        // Mostly few fields, so that some messages are valid.
        var share = random.NextDouble();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(_ => random.NextDouble() < share))
        {
            if (field.IsMap)
            {
                var map = (MapField<string, string>)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i > 0; i--) map[Pick(Texts, random)] = Pick(Texts, random);
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i > 0; i--) list.Add(ValueOf(field, random, depth));
            }
            else
            {
                field.Accessor.SetValue(message, ValueOf(field, random, depth));
            }
        }
    }

    private static object ValueOf(FieldDescriptor field, Random random, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.String: return field.Name is "service" or "canary" or "name" ? Pick(Texts[1..3], random) : Pick(Texts, random);
            case FieldType.Int32: return Pick(Numbers, random);
            case FieldType.Int64: return (long)Pick(Numbers, random);
            case FieldType.Bool: return random.Next(2) == 0;
            case FieldType.Double: return Pick(Decimals, random);
            case FieldType.Message:
                var nested = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                if (depth < 4) Fill(nested, random, depth + 1);
                return nested;
            default: throw new NotSupportedException($"{field.FullName} is of a type that this test does not make.");
        }
    }

    private static T Pick<T>(T[] from, Random random) => from[random.Next(from.Length)];
}
