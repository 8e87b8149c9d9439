using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Who a stream's client is, from the node of its first request. Node metadata the mesh reads (all optional):
/// <c>mesh.flavour</c> (<c>grpc</c>, <c>envoy</c>, <c>mesh</c>; else told from the user agent);
/// <c>mesh.service</c> (its own service, <c>name[.namespace]</c>);
/// <c>mesh.upstreams</c> (a list of <c>name[.namespace]</c>, for Envoy with <c>:port</c> to listen on; <c>*</c> for everything, which is
/// for gateways); <c>mesh.inbound</c> (a list of <c>listenPort:applicationPort</c>, for Envoy); <c>mesh.bind</c> (where Envoy's listeners
/// listen, <c>127.0.0.1</c>); <c>mesh.sequence</c> and <c>mesh.log</c> (the newest log position the client has seen).
/// </summary>
public sealed record NodeIdentity
{
    public required string Id { get; init; }

    public string Cluster { get; init; } = "";

    public XdsFlavour Flavour { get; init; } = XdsFlavour.Grpc;

    public string UserAgent { get; init; } = "";

    /// <summary>What its library does wrongly.</summary>
    public LibraryFaults Faults { get; init; }

    public string Service { get; init; } = "";

    public IReadOnlyList<string> Upstreams { get; init; } = [];

    public IReadOnlyList<string> Inbound { get; init; } = [];

    public string Bind { get; init; } = "127.0.0.1";

    public long SeenSequence { get; init; }

    public string SeenLog { get; init; } = "";

    /// <summary>
    /// Reads a node; the user agent decides where the metadata does not, and an unknown one gets gRPC's flavour, the plainest.
    /// </summary>
    public static NodeIdentity Of(Node node) => new()
    {
        Id = node.Id,
        Cluster = node.Cluster,
        Flavour = FlavourOf(node),
        UserAgent = node.UserAgentVersion.Length == 0 ? node.UserAgentName : $"{node.UserAgentName} {node.UserAgentVersion}",
        Faults = LibraryFaultsExtensions.Of(node),
        Service = Text(node, "mesh.service"),
        Upstreams = List(node, "mesh.upstreams"),
        Inbound = List(node, "mesh.inbound"),
        Bind = Text(node, "mesh.bind") is { Length: > 0 } bind ? bind : "127.0.0.1",
        SeenSequence = Number(node, "mesh.sequence"),
        SeenLog = Text(node, "mesh.log"),
    };

    private static XdsFlavour FlavourOf(Node node)
    {
        if (System.Enum.TryParse<XdsFlavour>(Text(node, "mesh.flavour"), ignoreCase: true, out var flavour)
            && System.Enum.IsDefined(flavour)) return flavour;
        if (node.UserAgentName.Contains("envoy", StringComparison.OrdinalIgnoreCase)) return XdsFlavour.Envoy;
        return node.UserAgentName.Contains("mesh", StringComparison.OrdinalIgnoreCase) ? XdsFlavour.Mesh : XdsFlavour.Grpc;
    }

    private static Value? Field(Node node, string name) =>
        node.Metadata is { } metadata && metadata.Fields.TryGetValue(name, out var value) ? value : null;

    private static string Text(Node node, string name) =>
        Field(node, name) is { KindCase: Value.KindOneofCase.StringValue } value ? value.StringValue : "";

    private static long Number(Node node, string name) => Field(node, name) switch
    {
        { KindCase: Value.KindOneofCase.NumberValue } value when value.NumberValue is > 0 and < long.MaxValue => (long)value.NumberValue,
        { KindCase: Value.KindOneofCase.StringValue } value
            when long.TryParse(value.StringValue, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => 0,
    };

    private static string[] List(Node node, string name) => Field(node, name) switch
    {
        { KindCase: Value.KindOneofCase.ListValue } value =>
            [.. value.ListValue.Values.Where(v => v.KindCase == Value.KindOneofCase.StringValue).Select(v => v.StringValue)],
        { KindCase: Value.KindOneofCase.StringValue } value =>
            value.StringValue.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [],
    };
}
