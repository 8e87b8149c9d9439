using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>
/// Reads and writes <see cref="HealthCheckSpec"/> by hand, for the reason that <see cref="InstanceSpecConverter"/> gives.
/// </summary>
public sealed class HealthCheckSpecConverter : JsonConverter<HealthCheckSpec>
{
    private static readonly HealthCheckSpec Defaults = new() { Kind = HealthCheckKind.Http };

    /// <inheritdoc/>
    public override HealthCheckSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ReadObject(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, HealthCheckSpec value, JsonSerializerOptions options) => WriteValue(writer, value);

    /// <summary>Reads the value after a property name; null for JSON null.</summary>
    internal static HealthCheckSpec? ReadValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : ReadObject(ref reader);
    }

    internal static void WriteValue(Utf8JsonWriter writer, HealthCheckSpec value)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, value.Kind switch { HealthCheckKind.Tcp => "tcp"u8, HealthCheckKind.Grpc => "grpc"u8, _ => "http"u8 });
        writer.WriteString("path"u8, value.Path);
        writer.WriteNumber("intervalMs"u8, value.IntervalMs);
        writer.WriteNumber("timeoutMs"u8, value.TimeoutMs);
        writer.WriteNumber("rise"u8, value.Rise);
        writer.WriteNumber("fall"u8, value.Fall);
        writer.WriteNumber("deregisterAfterCriticalMs"u8, value.DeregisterAfterCriticalMs);
        writer.WriteEndObject();
    }

    private static HealthCheckSpec ReadObject(ref Utf8JsonReader reader)
    {
        HealthCheckKind? kind = null;
        var path = Defaults.Path;
        int interval = Defaults.IntervalMs, timeout = Defaults.TimeoutMs, rise = Defaults.Rise, fall = Defaults.Fall, deregister = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8)) kind = Kind(ref reader);
            else if (reader.ValueTextEquals("path"u8))
            {
                reader.Read();
                path = reader.ValueTextEquals(""u8) ? "" : reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("intervalMs"u8)) interval = Number(ref reader);
            else if (reader.ValueTextEquals("timeoutMs"u8)) timeout = Number(ref reader);
            else if (reader.ValueTextEquals("rise"u8)) rise = Number(ref reader);
            else if (reader.ValueTextEquals("fall"u8)) fall = Number(ref reader);
            else if (reader.ValueTextEquals("deregisterAfterCriticalMs"u8)) deregister = Number(ref reader);
            else reader.Skip();
        }

        return new HealthCheckSpec
        {
            Kind = kind ?? throw new JsonException("A health check lacks its kind."),
            Path = path, IntervalMs = interval, TimeoutMs = timeout, Rise = rise, Fall = fall, DeregisterAfterCriticalMs = deregister,
        };
    }

    private static HealthCheckKind Kind(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("http"u8) ? HealthCheckKind.Http : reader.ValueTextEquals("tcp"u8) ? HealthCheckKind.Tcp
            : reader.ValueTextEquals("grpc"u8) ? HealthCheckKind.Grpc : throw new JsonException("A health check's kind is not known.");
    }

    private static int Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt32();
    }
}
