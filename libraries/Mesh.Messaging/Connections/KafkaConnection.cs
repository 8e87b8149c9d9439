using System.Data.Common;
using Mesh.Kernel.Settings;

namespace Mesh.Messaging.Connections;

/// <summary>
/// A connection string of Kafka: its bootstrap servers as they are, or together with what a broker that is not on the own network wants, by
/// librdkafka's names:
/// <c>bootstrap.servers=host:9093;security.protocol=sasl_ssl;sasl.mechanism=PLAIN;sasl.username=…;sasl.password="…"</c>.
/// </summary>
/// <param name="BootstrapServers">Comma-separated <c>host:port</c>.</param>
/// <param name="Security">Settings of librdkafka.</param>
internal sealed record KafkaConnection(string BootstrapServers, IReadOnlyList<KeyValuePair<string, string>> Security)
{
    private const string Servers = "bootstrap.servers", Protocol = "security.protocol";

    /// <exception cref="SettingException">It holds something else, which could be misspelled security.</exception>
    public static KafkaConnection Parse(string text, string name)
    {
        if (!text.Contains('='))
            return new(text, []);
        var fields = new DbConnectionStringBuilder();
        try
        {
            fields.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            // Its message quotes the text, and with it the password.
            throw Fault(name, "cannot be read: write name=value;name=value, with a value that contains ; or = in double quotes");
        }

        var all = fields.Keys.Cast<string>().ToDictionary(key => key, key => $"{fields[key]}", StringComparer.Ordinal);
        if (!all.Remove(Servers, out var servers))
            throw Fault(name, $"does not set {Servers}");
        var unknown = all.Keys.Where(
            key => key != Protocol && !key.StartsWith("sasl.", StringComparison.Ordinal)
                && !key.StartsWith("ssl.", StringComparison.Ordinal)).ToList();
        return unknown.Count == 0
            ? new(servers, [.. all])
            : throw Fault(name, $"holds {string.Join(", ", unknown)}; it takes {Servers}, {Protocol}, sasl.* and ssl.*");
    }

    private static SettingException Fault(string name, string what) => new($"ConnectionStrings__{name} {what}.");
}
