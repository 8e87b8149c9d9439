using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Traffic;

/// <summary>What a write of a canary or of a blue-green switch answers. It is durable when this is sent.</summary>
public sealed record DeliveryWriteAnswer
{
    /// <summary>Whether anything was appended to the log; false: it already was so.</summary>
    public required bool Changed { get; init; }

    /// <summary>Sequence of the last event of this write; where nothing changed, of the log's head at that moment.</summary>
    public required long Sequence { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary><c>running</c>, <c>completed</c>, <c>aborted</c>; <c>switched</c>, <c>rolled-back</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>The canary's step, from 1; null for a switch.</summary>
    public int? Step { get; init; }

    /// <summary>The canary's share in percent; null for a switch.</summary>
    public int? Weight { get; init; }

    /// <summary>Where all requests go, after the end of a canary, a switch or its rollback; null where they are divided.</summary>
    public string? To { get; init; }

    /// <summary>ETag of the service's delivery, without its quotes.</summary>
    public required long Revision { get; init; }
}

/// <summary>Answer of <c>GET /api/traffic/canaries</c>.</summary>
public sealed record CanaryListAnswer
{
    /// <summary>The log's sequence that the list stands for.</summary>
    public required long Sequence { get; init; }

    /// <summary>The last canary of each service, by namespace and service.</summary>
    public required IReadOnlyList<CanaryAnswer> Items { get; init; }
}

/// <summary>A canary and how it is doing; also the answer of <c>GET /api/traffic/canaries/{service}</c>.</summary>
public sealed record CanaryAnswer : CanarySpec
{
    /// <summary>Nothing yet.</summary>
    [JsonConstructor]
    public CanaryAnswer()
    {
    }

    /// <summary>A canary.</summary>
    [SetsRequiredMembers]
    public CanaryAnswer(CanarySpec canary) : base(canary)
    {
    }

    /// <summary><c>running</c>, <c>completed</c> or <c>aborted</c>.</summary>
    [JsonPropertyOrder(1)]
    public string Phase { get; init; } = "";

    /// <summary>Its step, from 1; after its end the last one.</summary>
    [JsonPropertyOrder(1)]
    public int Step { get; init; }

    /// <summary>Its share now, in percent.</summary>
    [JsonPropertyOrder(1)]
    public int Weight { get; init; }

    /// <summary>Since when it is so (UTC).</summary>
    [JsonPropertyOrder(1)]
    public DateTimeOffset Since { get; init; }

    /// <summary>What comes next of itself: <c>bakes</c>, <c>holds</c>, <c>advances</c> or <c>aborts</c>; null after its end.</summary>
    [JsonPropertyOrder(1)]
    public string? Verdict { get; init; }

    /// <summary>Why, for people: what it waits for, or why it ended.</summary>
    [JsonPropertyOrder(1)]
    public string? Reason { get; init; }

    /// <summary>
    /// What data planes reported since the step began; after its end what it was decided by; null where that cannot be read or was not
    /// asked.
    /// </summary>
    [JsonPropertyOrder(1)]
    public CanaryObservation? Observed { get; init; }

    /// <summary>What has happened, the oldest first.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<CanaryStepAnswer> History { get; init; } = [];

    /// <summary>ETag of the service's delivery, without its quotes.</summary>
    [JsonPropertyOrder(1)]
    public long Revision { get; init; }
}

/// <summary>One thing that happened to a canary.</summary>
public sealed record CanaryStepAnswer
{
    /// <summary>When (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>started</c>, <c>advanced</c>, <c>completed</c> or <c>aborted</c>.</summary>
    public required string What { get; init; }

    /// <summary>The canary's share from then on, in percent.</summary>
    public required int Weight { get; init; }

    /// <summary>Who did it: <c>user:…</c>, <c>reconciler:traffic-canary</c>.</summary>
    public required string By { get; init; }

    /// <summary>Why, if it was given.</summary>
    public string? Reason { get; init; }

    /// <summary>What it was decided by; null where somebody did it by hand.</summary>
    public CanaryObservation? Observed { get; init; }
}

/// <summary>Answer of <c>GET /api/traffic/blue-green</c>.</summary>
public sealed record BlueGreenListAnswer
{
    /// <summary>The log's sequence that the list stands for.</summary>
    public required long Sequence { get; init; }

    /// <summary>The last switch of each service, by namespace and service.</summary>
    public required IReadOnlyList<BlueGreenAnswer> Items { get; init; }
}

/// <summary>A switch; also the answer of <c>GET /api/traffic/blue-green/{service}</c>.</summary>
public sealed record BlueGreenAnswer
{
    /// <summary>Namespace of the service.</summary>
    public required string Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The route.</summary>
    public required string Route { get; init; }

    /// <summary>Where it was switched to.</summary>
    public required string To { get; init; }

    /// <summary>
    /// The destinations that a rollback sets again; null where there was no route, so that requests went to the service itself.
    /// </summary>
    public IReadOnlyList<DestinationSpec>? Before { get; init; }

    /// <summary><c>switched</c> or <c>rolled-back</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>Since when it is so (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Who did it.</summary>
    public required string By { get; init; }

    /// <summary>ETag of the service's delivery, without its quotes.</summary>
    public required long Revision { get; init; }
}
