using System.Text;
using System.Text.Json;

namespace Mesh.Identity;

/// <summary>
/// An identity as Envoy reads it from files (SDS by <c>path_config_source</c>): discovery responses as JSON, with the PEM inside, so that
/// one rename replaces key and certificate together.
/// </summary>
internal static class EnvoySecrets
{
    private const string SecretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    /// <summary>The certificate with its key, under the name <c>default</c>.</summary>
    public static string Certificate(Svid svid) => Response("default", writer =>
    {
        writer.WriteStartObject("tls_certificate");
        WriteText(writer, "certificate_chain", string.Join('\n', svid.Chain) + "\n");
        WriteText(writer, "private_key", svid.KeyPem + "\n");
        writer.WriteEndObject();
    });

    /// <summary>The roots to be trusted, under the name <c>ROOTCA</c>.</summary>
    public static string Bundle(IEnumerable<string> roots) => Response("ROOTCA", writer =>
    {
        writer.WriteStartObject("validation_context");
        WriteText(writer, "trusted_ca", string.Join('\n', roots.Select(root => root.TrimEnd('\n'))) + "\n");
        writer.WriteEndObject();
    });

    private static string Response(string name, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("resources");
            writer.WriteStartObject();
            writer.WriteString("@type", SecretType);
            writer.WriteString("name", name);
            write(writer);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteText(Utf8JsonWriter writer, string field, string text)
    {
        writer.WriteStartObject(field);
        writer.WriteString("inline_string", text);
        writer.WriteEndObject();
    }
}
