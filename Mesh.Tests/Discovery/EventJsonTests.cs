using System.Text;
using System.Text.Json;
using Mesh.Contracts.Discovery;

namespace Mesh.Tests.Discovery;

public class EventJsonTests
{
    private const string Registered =
        """{"instance":{"namespace":"prod","service":"echo","instanceId":"a","address":"10.0.0.1","port":"""
            + """80,"protocol":"grpc","version":"v1","zone":"z1","weight":7,"metadata":"""
            + """{"a":"1","team":"\u00FC"},"ttlSeconds":30,"healthCheck":"""
            + """{"kind":"tcp","path":"","intervalMs":5000,"timeoutMs":2000,"rise":2,"fall":3,"deregisterAfterCriticalMs":"""
            + """60000},"mode":"draining"},"incarnation":3}""";

    private static InstanceSpec Spec => new()
    {
        Namespace = "prod", Service = "echo", InstanceId = "a", Address = "10.0.0.1", Port = 80, Protocol = MeshProtocol.Grpc,
        Version = "v1", Zone = "z1", Weight = 7,
        Metadata = InstanceSpec.NoMetadata.Add("team", "ü").Add("a", "1"), TtlSeconds = 30, Mode = InstanceMode.Draining,
        HealthCheck = new HealthCheckSpec { Kind = HealthCheckKind.Tcp, IntervalMs = 5000, DeregisterAfterCriticalMs = 60_000 },
    };

    [Fact]
    public void A_registration_is_written_as_it_always_was() =>
        Assert.Equal(Registered, JsonSerializer.Serialize(new ServiceRegistered(Spec, 3), ServiceRegistered.JsonType));

    [Fact]
    public void What_was_written_is_read_as_the_same()
    {
        var read = JsonSerializer.Deserialize(Registered, ServiceRegistered.JsonType)!;
        Assert.Equal((Spec, 3L), (read.Instance, read.Incarnation));
    }

    [Fact]
    public void How_long_one_with_a_lease_may_be_critical_is_written_where_it_is_said()
    {
        var spec = Spec with { HealthCheck = null, DeregisterAfterCriticalMs = 300_000 };
        var json = JsonSerializer.Serialize(new ServiceRegistered(spec, 3), ServiceRegistered.JsonType);
        Assert.Contains("\"ttlSeconds\":30,\"deregisterAfterCriticalMs\":300000,\"mode\"", json, StringComparison.Ordinal);
        Assert.Equal(spec, JsonSerializer.Deserialize(json, ServiceRegistered.JsonType)!.Instance);
        Assert.NotEqual(Spec with { HealthCheck = null }, spec);
    }

    [Fact]
    public void Fields_of_a_later_version_are_passed_over_and_missing_ones_have_their_defaults()
    {
        var read = JsonSerializer.Deserialize(
            """{"instance":{"later":{"x":"""
                + """[1]},"namespace":"default","service":"echo","instanceId":"a","address":"h","port":1,"healthCheck":"""
                + """null},"incarnation":1,"also":2}""", ServiceRegistered.JsonType)!;
        Assert.Equal(
            new InstanceSpec
            {
                Namespace = "default",
                Service = "echo",
                InstanceId = "a",
                Address = "h",
                Port = 1,
                Protocol = MeshProtocol.Http,
            }, read.Instance);
        Assert.Equal(100, read.Instance.Weight);
    }

    [Theory]
    [InlineData("""{"instance":{"namespace":"default","service":"echo","address":"h"},"incarnation":1}""")]
    [InlineData(
        """{"instance":{"namespace":"default","service":"echo","instanceId":"a","address":"h","protocol":"udp"},"incarnation":1}""")]
    [InlineData("""{"instance":{"namespace":"default","service":"echo","instanceId":"a","address":"h","port":"1"},"incarnation":1}""")]
    public void What_cannot_be_understood_is_an_error_and_no_guess(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(json), ServiceRegistered.JsonType));
}
