namespace Mesh.Traffic;

/// <summary>
/// Limits that keep one service or namespace from harming the others. What is over one is refused with 429 (counts of routes) or 400
/// (sizes).
/// </summary>
public static class TrafficLimits
{
    /// <summary>Routes of one service.</summary>
    public const int RoutesPerService = 2_000;

    /// <summary>Routes in a namespace, over all its services.</summary>
    public const int RoutesPerNamespace = 100_000;

    /// <summary>Policies in a namespace.</summary>
    public const int PoliciesPerNamespace = 100_000;

    /// <summary>Alternatives in a route's match.</summary>
    public const int Matches = 16;

    /// <summary>Headers, query parameters or methods in one alternative.</summary>
    public const int Conditions = 16;

    /// <summary>Inverted tests of a header's value in one alternative: each may double what clients are sent of it.</summary>
    public const int InvertedValues = 4;

    /// <summary>Destinations of a route.</summary>
    public const int Destinations = 64;

    /// <summary>Mirrors of a route.</summary>
    public const int Mirrors = 4;

    /// <summary>Headers that a route sets, adds or removes, of each kind and direction.</summary>
    public const int HeaderChanges = 32;

    /// <summary>Parts of a hash.</summary>
    public const int Hashes = 8;

    /// <summary>Subsets of a policy.</summary>
    public const int Subsets = 64;

    /// <summary>Entries of a subset's selector.</summary>
    public const int SelectorEntries = 16;

    /// <summary>Zones in a failover order.</summary>
    public const int Zones = 32;

    /// <summary>Steps of a canary.</summary>
    public const int CanarySteps = 20;

    /// <summary>Characters in the reason for which somebody promotes or aborts a canary.</summary>
    public const int ReasonLength = 512;

    /// <summary>Characters in a path, prefix, template or value to compare with.</summary>
    public const int TextLength = 1_024;

    /// <summary>Characters in a regular expression.</summary>
    public const int RegexLength = 512;

    /// <summary>Characters in the value of a header that is set or added.</summary>
    public const int HeaderValueLength = 4_096;

    /// <summary>Bytes in the body of a direct response; what clients take without being asked.</summary>
    public const int BodyBytes = 4_096;

    /// <summary>Largest weight of a destination; a route's weights add up to no more than xDS allows.</summary>
    public const int Weight = 1_000_000;

    /// <summary>Largest priority, and as a negative the smallest.</summary>
    public const int Priority = 1_000_000;
}
