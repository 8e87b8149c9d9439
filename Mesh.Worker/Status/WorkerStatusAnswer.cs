using System.Text.Json.Serialization;

namespace Mesh.Worker.Status;

/// <summary>Answer of <c>GET /api/v1/worker/status</c>.</summary>
public sealed record WorkerStatusAnswer
{
    /// <summary>Host and process id.</summary>
    public required string Worker { get; init; }

    /// <summary>Modules that work in this process.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    /// <summary>Which part of the work is this worker's.</summary>
    public required ShardAnswer Shards { get; init; }

    /// <summary>How its copy of the state is doing.</summary>
    public required ReplicaAnswer Replica { get; init; }

    /// <summary>Its queue of keys to visit.</summary>
    public required QueueAnswer Queue { get; init; }

    /// <summary>Keys that nobody works on until they are replayed (<c>POST /api/v1/dead-letters/{id}/replay</c> at a Registry).</summary>
    public required IReadOnlyList<ParkedAnswer> Parked { get; init; }

    /// <summary>Numbers of the modules, such as <c>discovery.probes</c>.</summary>
    public required IReadOnlyDictionary<string, long> Gauges { get; init; }
}

/// <summary>Owned shards.</summary>
/// <param name="Owned">How many.</param>
/// <param name="Total">Of how many.</param>
/// <param name="Ids">Which, ascending.</param>
/// <param name="By">How that was decided, for people.</param>
public sealed record ShardAnswer(int Owned, int Total, IReadOnlyList<int> Ids, string By);

/// <summary>The replica.</summary>
/// <param name="Sequence">How far it has come.</param>
/// <param name="KnownHead">How far the log has come, as far as is known.</param>
/// <param name="Attached">Whether a Registry has confirmed it.</param>
public sealed record ReplicaAnswer(long Sequence, long KnownHead, bool Attached);

/// <summary>The queue.</summary>
/// <param name="Length">Keys that wait, for now or for later, or are worked on.</param>
/// <param name="Idle">Whether no key is to be visited now.</param>
/// <param name="Sweeps">Visits of all owned keys since the start.</param>
public sealed record QueueAnswer(int Length, bool Idle, long Sweeps);

/// <summary>A parked key.</summary>
public sealed record ParkedAnswer(string Id, string Reconciler, string Resource, string Reason);

/// <summary>Source-generated JSON of the status.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WorkerStatusAnswer))]
public sealed partial class WorkerStatusJson : JsonSerializerContext;
