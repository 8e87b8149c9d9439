using System.Text.Json;
using Google.Protobuf;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Traffic;
using Mesh.Discovery.Register;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;
using Mesh.Security.Mtls;
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
    public void Modes_of_mutual_TLS() => Same<V1.SetMtlsModeRequest>((fields, faults) =>
        MtlsInput.Read(fields, faults) is { Scope: { } scope, Mode: { } mode } ? $"{scope}: {mode}" : null);

    [Fact]
    public void Fallbacks_under_the_names_that_REST_has_for_them() => Same<V1.Fallback>((fields, faults) =>
        PolicyInput.Policy(PolicyKind.Fallback, new ServiceKey("default", "checkout"), fields, faults) is FallbackPolicy policy
            && !faults.Any ? $"{policy.Service}.{policy.Namespace}" : null);

    [Fact]
    public void Clients_that_write_a_fallback_as_JSON_may_use_the_names_of_its_fields()
    {
        var fallback = new V1.Fallback { Service = "shop", Namespace = "team" };
        Assert.Equal("""{ "fallback": "shop", "fallbackNamespace": "team" }""", JsonFormatter.Default.Format(fallback));
        Assert.Equal(fallback, JsonParser.Default.Parse<V1.Fallback>("""{"service":"shop","namespace":"team"}"""));
        Assert.Equal(fallback, JsonParser.Default.Parse<V1.Fallback>("""{"fallback":"shop","fallbackNamespace":"team"}"""));
    }

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
            RandomMessage.Fill(message, random);
            var text = new JsonFormatter(JsonFormatter.Settings.Default).Format(message);
            var (there, here) = (new Faults(), new Faults());
            var expected = read(JsonFields.Of(JsonElement.Parse(text), "", there)!, there);
            Assert.Equal(expected, read(JsonFields.Of(message, here), here));
            Assert.Equal(there.ToRefusal()?.Problems ?? [], here.ToRefusal()?.Problems ?? []);
            if (expected is not null) valid++;
        }

        output.WriteLine($"{valid} of {Messages} were valid");
    }
}
