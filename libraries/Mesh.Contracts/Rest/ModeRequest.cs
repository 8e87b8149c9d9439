namespace Mesh.Contracts.Rest;

/// <summary>Body of <c>POST /api/discovery/mode</c>: drains instances, puts them into maintenance or makes them active again.</summary>
public sealed record ModeRequest
{
    /// <summary>The service.</summary>
    public required string Name { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>One instance; all of the service if unset.</summary>
    public string? InstanceId { get; init; }

    /// <summary><c>active</c>, <c>draining</c> or <c>maintenance</c>.</summary>
    public required string Mode { get; init; }
}
