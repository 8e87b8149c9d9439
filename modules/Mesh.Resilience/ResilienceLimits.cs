namespace Mesh.Resilience;

/// <summary>Limits that keep one namespace from harming the others, and the bounds of what a policy may say.</summary>
public static class ResilienceLimits
{
    /// <summary>Policies in a namespace, over all its services; more are refused with 429.</summary>
    public const int PoliciesPerNamespace = 200_000;

    /// <summary>Connections, requests or retries that a policy may allow.</summary>
    public const int MostAtOnce = 1_000_000;

    /// <summary>Failures in a row that a policy may wait for.</summary>
    public const int MostInARow = 1_000;

    /// <summary>Requests in a unit that a rate limit may allow.</summary>
    public const int MostRequests = 10_000_000;

    /// <summary>Instances that a comparison may ask for.</summary>
    public const int MostHosts = 5_000;

    /// <summary>How often something may have happened, by one report.</summary>
    public const long MostIncidents = 1_000_000_000;

    /// <summary>Longest interval between two looks at instances, and longest time to wait for a connection.</summary>
    public static TimeSpan LongestInterval { get; } = TimeSpan.FromHours(1);

    /// <summary>Longest ejection and longest timeout.</summary>
    public static TimeSpan LongestTime { get; } = TimeSpan.FromHours(24);
}
