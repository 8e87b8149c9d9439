using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Resilience;

/// <summary>Source-generated JSON of resilience's events.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CircuitBreakerSet))]
[JsonSerializable(typeof(BulkheadSet))]
[JsonSerializable(typeof(OutlierDetectionSet))]
[JsonSerializable(typeof(RateLimitSet))]
[JsonSerializable(typeof(TimeoutSet))]
[JsonSerializable(typeof(FallbackSet))]
[JsonSerializable(typeof(PolicyRemoved))]
[JsonSerializable(typeof(CircuitOpened))]
[JsonSerializable(typeof(CircuitClosed))]
[JsonSerializable(typeof(InstanceEjected))]
[JsonSerializable(typeof(BulkheadRejected))]
public sealed partial class ResilienceJson : JsonSerializerContext;
