using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A snapshot as JSON that people read, with what is packed unpacked.</summary>
internal sealed class SnapshotText(XdsSnapshot snapshot)
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        Cluster.Descriptor, ClusterLoadAssignment.Descriptor, Listener.Descriptor, RouteConfiguration.Descriptor, HTTPFault.Descriptor,
        LocalRateLimit.Descriptor,
        HttpConnectionManager.Descriptor, TcpProxy.Descriptor, Router.Descriptor,
        Mesh.Xds.Protos.Upstreams.HttpProtocolOptions.Descriptor)));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", IndentSize = 2 };

    /// <summary>One flavour: resources that the filter lets through, by type and name.</summary>
    public string Of(XdsFlavour flavour, Func<XdsType, string, bool> filter)
    {
        var view = snapshot[flavour];
        var all = new JsonObject();
        foreach (var type in XdsTypes.OfServices)
        {
            var resources = new JsonObject();
            foreach (var name in view.Names(type).Where(name => filter(type, name)).Order(StringComparer.Ordinal))
                resources[name] = Text(view.Find(type, name)!);
            foreach (var (name, who, resource) in Variants(view, type).Where(v => filter(type, v.Name)))
                resources[$"{name} for {who}"] = resource is null ? null : Text(resource);
            if (resources.Count > 0) all[type.ToString()] = resources;
        }

        return all.ToJsonString(Indented) + "\n";
    }

    public override string ToString() => string.Concat(Enum.GetValues<XdsFlavour>().Select(flavour => Of(flavour, (_, _) => true)));

    // What some get in place of what all others get.
    private static IEnumerable<(string Name, string Who, XdsResource? Resource)> Variants(XdsView view, XdsType type) =>
        from service in view.Varied.OrderBy(service => service.Key, StringComparer.Ordinal)
        from variant in service.Value.Variants.OrderBy(variant => variant.Key.Candidate)
            .ThenBy(variant => variant.Key.Caller, StringComparer.Ordinal)
        from resource in variant.Value.Resources.Where(resource => resource.Key.Type == type)
            .OrderBy(resource => resource.Key.Name, StringComparer.Ordinal)
        select (resource.Key.Name, $"{variant.Key.Caller ?? "all"}{(variant.Key.Candidate ? " in the share" : "")}", resource.Value);

    private static JsonNode? Text(XdsResource resource) => JsonNode.Parse(Formatter.Format(Read(resource)));

    private static IMessage Read(XdsResource resource) => resource.Type.Read(resource.Packed.Value);
}
