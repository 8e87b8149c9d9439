using Mesh.Kernel.Catalog;

namespace Mesh.Traffic.State;

/// <summary>
/// Names of traffic's streams: one for each route, so that each has a version of its own, and one for a service's policy.
/// </summary>
public static class TrafficStreams
{
    private const string Prefix = "traffic/";

    /// <summary>A route.</summary>
    public static string Route(ServiceKey service, string route) => $"{Prefix}{service.Namespace}/{service.Name}/r/{route}";

    /// <summary>What the streams of all routes of a service begin with.</summary>
    public static string Routes(ServiceKey service) => $"{Prefix}{service.Namespace}/{service.Name}/r/";

    /// <summary>A service's policy.</summary>
    public static string Policy(ServiceKey service) => $"{Prefix}{service.Namespace}/{service.Name}/policy";

    /// <summary>A service's canaries and blue-green switches.</summary>
    public static string Delivery(ServiceKey service) => $"{Prefix}{service.Namespace}/{service.Name}/delivery";

    /// <summary>A service's rollouts.</summary>
    public static string Rollout(ServiceKey service) => $"{Prefix}{service.Namespace}/{service.Name}/rollout";

    /// <summary>The service that a stream speaks of; null if it is none of traffic's.</summary>
    public static ServiceKey? KeyOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var parts = stream.Split('/');
        return parts.Length >= 4 && parts[1].Length > 0 && parts[2].Length > 0 ? new ServiceKey(parts[1], parts[2]) : null;
    }
}
