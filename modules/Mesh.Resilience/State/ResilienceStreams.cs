using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.State;

/// <summary>Names of resilience's streams: one for each policy, so that each has a version of its own.</summary>
public static class ResilienceStreams
{
    private const string Prefix = "resilience/";

    /// <summary>One policy of a service.</summary>
    public static string Policy(ServiceKey key, PolicyKind kind) => $"{Prefix}{key.Namespace}/{key.Name}/{PolicyKinds.NameOf(kind)}";

    /// <summary>What has happened to a service: status, never intent.</summary>
    public static string Status(ServiceKey key) => $"{Prefix}{key.Namespace}/{key.Name}/status";

    /// <summary>The service whose policies a stream speaks of; null if it is none of those.</summary>
    public static ServiceKey? KeyOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal) || StatusStreams.Is(stream)) return null;
        var rest = stream.AsSpan(Prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0) return null;
        var name = rest[(slash + 1)..];
        var end = name.IndexOf('/');
        return end <= 0 ? null : new ServiceKey(rest[..slash].ToString(), name[..end].ToString());
    }
}
