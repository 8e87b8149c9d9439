using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary>A canary as the command line asks for it: what is unset is left out, so that the Registry's defaults are the only ones.</summary>
internal sealed record CanaryRequest
{
    public string? Namespace { get; init; }

    public required string Service { get; init; }

    public string? Route { get; init; }

    public string? Stable { get; init; }

    public required string Canary { get; init; }

    public IReadOnlyList<int>? Steps { get; init; }

    public string? BakeTime { get; init; }

    public CanarySuccessSpec? Success { get; init; }
}

/// <summary>A switch as the command line asks for it.</summary>
internal sealed record BlueGreenRequest
{
    public string? Namespace { get; init; }

    public required string Service { get; init; }

    public string? Route { get; init; }

    public required string To { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CanaryRequest))]
[JsonSerializable(typeof(BlueGreenRequest))]
[JsonSerializable(typeof(PromoteCanaryRequest))]
[JsonSerializable(typeof(AbortCanaryRequest))]
[JsonSerializable(typeof(RollBackRequest))]
internal sealed partial class DeliveryCliJson : JsonSerializerContext;
