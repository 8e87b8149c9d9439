namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource came to a state.</summary>
/// <param name="Resource">Which.</param>
/// <param name="ResourceId">Its id; the local engine runs one of each, so its name.</param>
/// <param name="Snapshot">What it is at.</param>
public sealed record ResourceEvent(IResource Resource, string ResourceId, CustomResourceSnapshot Snapshot);

/// <summary>What a resource is at.</summary>
/// <param name="State">One of <see cref="KnownResourceStates"/>.</param>
/// <param name="IsHealthy">It runs and its health check passes.</param>
/// <param name="ProcessId">Of the running process.</param>
/// <param name="Starts">How often it was started.</param>
public sealed record CustomResourceSnapshot(string State, bool IsHealthy, int? ProcessId, int Starts);
