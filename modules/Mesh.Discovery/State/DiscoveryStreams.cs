using Mesh.Kernel.Catalog;

namespace Mesh.Discovery.State;

/// <summary>Names of discovery's streams. Intent, registration and status never share one, so never share a version.</summary>
public static class DiscoveryStreams
{
    private const string Prefix = "discovery/";

    /// <summary>Settings and given defaults of a service.</summary>
    public static string Intent(ServiceKey key) => $"{Prefix}{key.Namespace}/{key.Name}";

    /// <summary>The registration of one instance.</summary>
    public static string Registration(ServiceKey key, string instanceId) => $"{Prefix}{key.Namespace}/{key.Name}/i/{instanceId}";

    /// <summary>What the streams of all registrations of a service begin with.</summary>
    public static string Registrations(ServiceKey key) => $"{Prefix}{key.Namespace}/{key.Name}/i/";

    /// <summary>Health and resolved addresses of a service's instances.</summary>
    public static string Status(ServiceKey key) => $"{Prefix}{key.Namespace}/{key.Name}/status";

    /// <summary>The service that a stream speaks of; null if it is none of discovery's.</summary>
    public static ServiceKey? KeyOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var rest = stream.AsSpan(Prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0) return null;
        var name = rest[(slash + 1)..];
        var end = name.IndexOf('/');
        if (end >= 0) name = name[..end];
        return name.IsEmpty ? null : new ServiceKey(rest[..slash].ToString(), name.ToString());
    }
}
