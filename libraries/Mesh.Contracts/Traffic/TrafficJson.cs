using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Traffic;

/// <summary>Source-generated JSON of traffic's events and of its part of the REST interface.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RouteSet))]
[JsonSerializable(typeof(RouteRemoved))]
[JsonSerializable(typeof(TrafficPolicySet))]
[JsonSerializable(typeof(TrafficPolicyRemoved))]
[JsonSerializable(typeof(CanaryStarted))]
[JsonSerializable(typeof(CanaryAdvanced))]
[JsonSerializable(typeof(CanaryCompleted))]
[JsonSerializable(typeof(CanaryAborted))]
[JsonSerializable(typeof(BlueGreenSwitched))]
[JsonSerializable(typeof(BlueGreenRolledBack))]
[JsonSerializable(typeof(RouteListAnswer))]
[JsonSerializable(typeof(TrafficPolicyListAnswer))]
[JsonSerializable(typeof(TrafficWriteAnswer))]
[JsonSerializable(typeof(RolloutStarted))]
[JsonSerializable(typeof(RolloutAdvanced))]
[JsonSerializable(typeof(RolloutPaused))]
[JsonSerializable(typeof(RolloutResumed))]
[JsonSerializable(typeof(RolloutHalted))]
[JsonSerializable(typeof(RolloutEnded))]
[JsonSerializable(typeof(RolloutListAnswer))]
[JsonSerializable(typeof(RolloutReport))]
[JsonSerializable(typeof(RolloutAdvance))]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(CanaryListAnswer))]
[JsonSerializable(typeof(BlueGreenListAnswer))]
[JsonSerializable(typeof(DeliveryWriteAnswer))]
public sealed partial class TrafficJson : JsonSerializerContext
{
    /// <summary>The same, for writing: only what JSON itself needs is escaped, so that people can read what they get.</summary>
    public static TrafficJson Readable =>
        field ??= new(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
