using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Api.Client.Requests;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Transport;

/// <summary>Source-generated JSON of the requests that only clients write; what is null is left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(TrafficPolicyRequest))]
[JsonSerializable(typeof(RolloutRequest))]
[JsonSerializable(typeof(CanaryRequest))]
[JsonSerializable(typeof(BlueGreenRequest))]
[JsonSerializable(typeof(PromoteCanaryRequest))]
[JsonSerializable(typeof(AbortCanaryRequest))]
[JsonSerializable(typeof(RollBackRequest))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ApiJson : JsonSerializerContext;
