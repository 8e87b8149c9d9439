using Mesh.Contracts.Discovery;

namespace Mesh.Discovery.Health;

/// <summary>Who speaks of an instance's health.</summary>
public enum VerdictSource
{
    /// <summary>Its active check, thresholds already counted.</summary>
    Probe,

    /// <summary>Its lease.</summary>
    Lease,
}

/// <summary>What a check or a lease says about an instance.</summary>
/// <param name="InstanceId">Which.</param>
/// <param name="Incarnation">Of which incarnation; passed over where that is no longer the instance's. 0 for any.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Health">What it says.</param>
/// <param name="Detail">Why, for people.</param>
public sealed record HealthVerdict(string InstanceId, long Incarnation, VerdictSource Source, HealthState Health, string Detail = "");
