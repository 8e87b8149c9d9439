using System.Globalization;
using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// Where one signal goes and how: <c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>, <c>…_PROTOCOL</c>, <c>…_HEADERS</c> and <c>…_TIMEOUT</c>
/// (likewise <c>METRICS</c> and <c>LOGS</c>) come before <c>OTEL_EXPORTER_OTLP_*</c>. The exporter reads only the latter by itself, and
/// ignores what it cannot read; here that stops the start.
/// </summary>
/// <param name="configuration">The host's.</param>
/// <param name="name"><c>TRACES</c>, <c>METRICS</c> or <c>LOGS</c>.</param>
internal sealed class OtlpSignal(IConfiguration configuration, string name)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    public bool IsExported => Of("ENDPOINT") is not null;

    /// <summary>How long one export may take, in milliseconds. <value>10000, as OpenTelemetry has it</value></summary>
    /// <exception cref="SettingException">The variable has a value that cannot be used.</exception>
    public int TimeoutMilliseconds =>
        Of("TIMEOUT") is not var (variable, timeout) ? 10_000
        : int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0 ? milliseconds
        : throw Unusable(variable, timeout, "a number of milliseconds above 0");

    /// <exception cref="SettingException">A variable has a value that cannot be used.</exception>
    public void Configure(OtlpExporterOptions options)
    {
        if (Of("ENDPOINT") is var (endpointVariable, endpoint))
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw Unusable(endpointVariable, endpoint, "an address such as http://localhost:4317");

            // Setting it means "exactly this"; to the one for all signals the exporter appends each signal's path.
            if (endpointVariable != Prefix + "ENDPOINT")
                options.Endpoint = uri;
        }

        if (Of("PROTOCOL") is var (protocolVariable, protocol))
        {
            options.Protocol = protocol switch
            {
                "grpc" => OtlpExportProtocol.Grpc,
                "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
                _ => throw Unusable(protocolVariable, protocol, "grpc or http/protobuf"),
            };
        }

        options.TimeoutMilliseconds = TimeoutMilliseconds;
        if (Of("HEADERS") is var (_, headers))
            options.Headers = headers;
    }

    private (string Variable, string Value)? Of(string setting)
    {
        foreach (var variable in (ReadOnlySpan<string>)[$"{Prefix}{name}_{setting}", Prefix + setting])
        {
            if (configuration[variable] is { Length: > 0 } value)
                return (variable, value.Trim());
        }

        return null;
    }

    private static SettingException Unusable(string variable, string value, string wanted) =>
        new($"{variable} is '{value}', but must be {wanted}.");
}
