using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.State;

/// <summary>Names of resilience's streams: one for each policy, so that each has a version of its own.</summary>
public static class ResilienceStreams
{
    private const string Prefix = "resilience/";

    /// <summary>One policy of a service.</summary>
    public static string Policy(ServiceKey key, PolicyKind kind) => $"{Prefix}{key.Namespace}/{key.Name}/{PolicyKinds.NameOf(kind)}";

    /// <summary>The service that a stream speaks of; null if it is none of resilience's.</summary>
    public static ServiceKey? KeyOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var rest = stream.AsSpan(Prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0) return null;
        var name = rest[(slash + 1)..];
        var end = name.IndexOf('/');
        return end <= 0 ? null : new ServiceKey(rest[..slash].ToString(), name[..end].ToString());
    }
}
