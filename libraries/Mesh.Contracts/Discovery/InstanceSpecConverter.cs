using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>
/// Reads and writes <see cref="InstanceSpec"/> by hand: a Registry that starts reads one for every registration in its history, and the
/// generated code for types with <c>required</c> and <c>init</c> takes several times as long. Fields that are not known are passed over.
/// </summary>
public sealed class InstanceSpecConverter : JsonConverter<InstanceSpec>
{
    /// <inheritdoc/>
    public override InstanceSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? @namespace = null, service = null, id = null, address = null;
        string version = "", zone = "";
        int port = 0, weight = 100, ttl = 0, deregister = 0;
        var protocol = MeshProtocol.Http;
        var mode = InstanceMode.Active;
        var metadata = InstanceSpec.NoMetadata;
        HealthCheckSpec? check = null;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("namespace"u8)) @namespace = Text(ref reader);
            else if (reader.ValueTextEquals("service"u8)) service = Text(ref reader);
            else if (reader.ValueTextEquals("instanceId"u8)) id = Text(ref reader);
            else if (reader.ValueTextEquals("address"u8)) address = Text(ref reader);
            else if (reader.ValueTextEquals("port"u8)) port = Number(ref reader);
            else if (reader.ValueTextEquals("protocol"u8)) protocol = Protocol(ref reader);
            else if (reader.ValueTextEquals("version"u8)) version = Text(ref reader);
            else if (reader.ValueTextEquals("zone"u8)) zone = Text(ref reader);
            else if (reader.ValueTextEquals("weight"u8)) weight = Number(ref reader);
            else if (reader.ValueTextEquals("metadata"u8)) metadata = Metadata(ref reader);
            else if (reader.ValueTextEquals("ttlSeconds"u8)) ttl = Number(ref reader);
            else if (reader.ValueTextEquals("healthCheck"u8)) check = HealthCheckSpecConverter.ReadValue(ref reader);
            else if (reader.ValueTextEquals("deregisterAfterCriticalMs"u8)) deregister = Number(ref reader);
            else if (reader.ValueTextEquals("mode"u8)) mode = Mode(ref reader);
            else reader.Skip();
        }

        if (@namespace is null || service is null || id is null || address is null)
            throw new JsonException("An instance lacks its namespace, service, id or address.");
        return new InstanceSpec
        {
            Namespace = @namespace, Service = service, InstanceId = id, Address = address, Port = port, Protocol = protocol,
            Version = version, Zone = zone,
            Weight = weight, Metadata = metadata, TtlSeconds = ttl, HealthCheck = check, DeregisterAfterCriticalMs = deregister,
            Mode = mode,
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, InstanceSpec value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, value.Namespace);
        writer.WriteString("service"u8, value.Service);
        writer.WriteString("instanceId"u8, value.InstanceId);
        writer.WriteString("address"u8, value.Address);
        writer.WriteNumber("port"u8, value.Port);
        writer.WriteString("protocol"u8,
            value.Protocol switch { MeshProtocol.Grpc => "grpc"u8, MeshProtocol.Tcp => "tcp"u8, _ => "http"u8 });
        writer.WriteString("version"u8, value.Version);
        writer.WriteString("zone"u8, value.Zone);
        writer.WriteNumber("weight"u8, value.Weight);
        writer.WriteStartObject("metadata"u8);
        foreach (var (key, text) in value.Metadata) writer.WriteString(key, text);
        writer.WriteEndObject();
        writer.WriteNumber("ttlSeconds"u8, value.TtlSeconds);
        if (value.HealthCheck is not null)
        {
            writer.WritePropertyName("healthCheck"u8);
            HealthCheckSpecConverter.WriteValue(writer, value.HealthCheck);
        }

        // Left out where it says nothing, so that entries have the bytes they had before it came.
        if (value.DeregisterAfterCriticalMs != 0) writer.WriteNumber("deregisterAfterCriticalMs"u8, value.DeregisterAfterCriticalMs);
        writer.WriteString("mode"u8,
            value.Mode switch { InstanceMode.Draining => "draining"u8, InstanceMode.Maintenance => "maintenance"u8, _ => "active"u8 });
        writer.WriteEndObject();
    }

    private static MeshProtocol Protocol(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("http"u8) ? MeshProtocol.Http : reader.ValueTextEquals("grpc"u8) ? MeshProtocol.Grpc
            : reader.ValueTextEquals("tcp"u8) ? MeshProtocol.Tcp : throw new JsonException("An instance's protocol is not known.");
    }

    private static InstanceMode Mode(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("active"u8) ? InstanceMode.Active : reader.ValueTextEquals("draining"u8) ? InstanceMode.Draining
            : reader.ValueTextEquals("maintenance"u8)
                ? InstanceMode.Maintenance
                : throw new JsonException("An instance's mode is not known.");
    }

    private static ImmutableSortedDictionary<string, string> Metadata(ref Utf8JsonReader reader)
    {
        var metadata = InstanceSpec.NoMetadata;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            metadata = metadata.SetItem(key, Text(ref reader));
        }

        return metadata;
    }

    // The same few texts stand in most instances; they are not recreated for each.
    private static string Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals(""u8) ? "" : reader.ValueTextEquals("default"u8) ? "default" : reader.GetString() ?? "";
    }

    private static int Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt32();
    }
}
