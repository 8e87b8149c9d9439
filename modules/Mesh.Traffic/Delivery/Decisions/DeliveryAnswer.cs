using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>What commands of deliveries answer besides whether something changed.</summary>
public sealed record DeliveryAnswer
{
    /// <summary>As in <c>DeliveryWriteAnswer</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>The canary's step; null for a switch.</summary>
    public int? Step { get; init; }

    /// <summary>The canary's share in percent; null for a switch.</summary>
    public int? Weight { get; init; }

    /// <summary>Where all requests go; null where they are divided.</summary>
    public string? To { get; init; }

    /// <summary>ETag of the delivery.</summary>
    public long Version { get; init; }

    /// <summary>Of a canary as it is.</summary>
    internal static DeliveryAnswer Of(CanaryState canary, long version) => new()
    {
        Phase = PhaseNames.Of(canary.Phase), Step = canary.Step, Weight = canary.Weight, To = ToOf(canary), Version = version,
    };

    private static string? ToOf(CanaryState canary) =>
        canary.Phase switch { CanaryPhase.Completed => canary.Spec.Canary, CanaryPhase.Aborted => canary.Spec.Stable, _ => null };
}

/// <summary>Phases as REST and gRPC say them.</summary>
internal static class PhaseNames
{
    public const string Switched = "switched";
    public const string RolledBack = "rolled-back";

    public static string Of(CanaryPhase phase) =>
        phase switch { CanaryPhase.Running => "running", CanaryPhase.Completed => "completed", _ => "aborted" };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeliveryAnswer))]
internal sealed partial class DeliveryAnswerJson : JsonSerializerContext;
