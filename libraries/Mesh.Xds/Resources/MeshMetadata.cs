using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// What the mesh says beyond Envoy's fields, under the filter-metadata key <c>cdaprod.mesh</c>: on clusters <c>service</c>,
/// <c>namespace</c>, <c>protocol</c>, <c>mtls</c> (and <c>unresolved: true</c> on a cluster nobody serves); on route configurations
/// <c>fallback</c>, the cluster that answers where the service cannot, and <c>rateLimit</c> with <c>scope</c>, <c>requests</c>,
/// <c>seconds</c> and <c>burst</c>; on endpoints <c>instance</c>, <c>version</c>, <c>protocol</c>, <c>health</c>.
/// </summary>
public static class MeshMetadata
{
    /// <summary>The key of the filter metadata.</summary>
    public const string Key = "cdaprod.mesh";

    /// <summary>Field of a route configuration: name of the cluster that answers where the service cannot.</summary>
    public const string Fallback = "fallback";

    /// <summary>
    /// Field of a cluster: <c>permissive</c> or <c>strict</c>; unset where mutual TLS is disabled. The sidecar of one of the service's
    /// instances takes connections by it.
    /// </summary>
    public const string Mtls = "mtls";

    /// <summary>Metadata with these text fields; empty ones are left out.</summary>
    public static Metadata Of(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var values = new Struct();
        foreach (var (name, value) in fields)
        {
            if (value.Length > 0) values.Fields[name] = Value.ForString(value);
        }

        return new Metadata { FilterMetadata = { [Key] = values } };
    }

    /// <summary>Sets one field beside those that are there.</summary>
    public static void Set(Metadata metadata, string field, Value value)
    {
        if (!metadata.FilterMetadata.TryGetValue(Key, out var values)) metadata.FilterMetadata[Key] = values = new Struct();
        values.Fields[field] = value;
    }

    /// <summary>Whether a cluster is one that something refers to and nobody serves.</summary>
    public static bool IsUnresolved(Metadata? metadata) =>
        metadata is not null && metadata.FilterMetadata.TryGetValue(Key, out var values)
            && values.Fields.TryGetValue("unresolved", out var value) && value.BoolValue;

    /// <summary>Reads one text field; empty when it is not there.</summary>
    public static string Read(Metadata? metadata, string field) =>
        metadata is not null && metadata.FilterMetadata.TryGetValue(Key, out var values) && values.Fields.TryGetValue(field, out var value)
            ? value.StringValue
            : "";
}
