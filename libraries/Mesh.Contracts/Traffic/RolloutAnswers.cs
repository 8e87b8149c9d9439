namespace Mesh.Contracts.Traffic;

/// <summary>Answer of <c>GET /api/traffic/rollouts</c>.</summary>
public sealed record RolloutListAnswer
{
    /// <summary>The log's sequence that the list stands for.</summary>
    public required long Sequence { get; init; }

    /// <summary>The last rollout of each service that had one, by namespace and service.</summary>
    public required IReadOnlyList<RolloutAnswer> Items { get; init; }
}

/// <summary>How far a rollout is.</summary>
public sealed record RolloutAnswer
{
    /// <summary>Of the service.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Service { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>running</c>, <c>paused</c>, <c>completed</c>, <c>rolled-back</c> or <c>aborted</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>The share of clients that has it, or had it at the end.</summary>
    public int Percent { get; init; }

    /// <summary>How long it bakes.</summary>
    public string? Bake { get; init; }

    /// <summary>Since when it is in this phase, and at this share.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Why it is paused or was rolled back.</summary>
    public string? Reason { get; init; }

    /// <summary>The client that refused it.</summary>
    public string? Node { get; init; }

    /// <summary>Names of the routes that it sets.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>Names of the routes that it removes.</summary>
    public IReadOnlyList<string> RemoveRoutes { get; init; } = [];

    /// <summary>Whether it sets the traffic policy.</summary>
    public bool Policy { get; init; }

    /// <summary>The ETag of the service's rollouts without its quotes.</summary>
    public long Revision { get; init; }
}

/// <summary>What a control plane has observed of a rollout: body of <c>POST /api/traffic/rollouts/{service}/report</c>.</summary>
public sealed record RolloutReport
{
    /// <summary>Which rollout; a report on another one changes nothing.</summary>
    public required string Id { get; init; }

    /// <summary><c>halt</c>, <c>pause</c>, <c>resume</c> or <c>complete</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>The share that was looked at; where it has grown meanwhile, the report changes nothing.</summary>
    public int Percent { get; init; }

    /// <summary>The client that refused it.</summary>
    public string? Node { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}

/// <summary>Body of <c>POST /api/traffic/rollouts/{service}/advance</c>.</summary>
/// <param name="Percent">The larger share; unset: all clients, which completes it.</param>
public sealed record RolloutAdvance(int? Percent = null);
