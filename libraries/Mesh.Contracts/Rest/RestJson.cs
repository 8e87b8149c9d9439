using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Discovery;

namespace Mesh.Contracts.Rest;

/// <summary>Source-generated JSON of the REST interface.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RegistrationRequest))]
[JsonSerializable(typeof(ModeRequest))]
[JsonSerializable(typeof(WriteAnswer))]
[JsonSerializable(typeof(ServiceListAnswer))]
[JsonSerializable(typeof(ServiceAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(EventListAnswer))]
[JsonSerializable(typeof(ProxyListAnswer))]
[JsonSerializable(typeof(LoadListAnswer))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(HeartbeatAnswer))]
[JsonSerializable(typeof(ServiceSettings))]
[JsonSerializable(typeof(CircuitBreakerRequest))]
[JsonSerializable(typeof(BulkheadRequest))]
[JsonSerializable(typeof(OutlierDetectionRequest))]
[JsonSerializable(typeof(RateLimitRequest))]
[JsonSerializable(typeof(TimeoutRequest))]
[JsonSerializable(typeof(FallbackRequest))]
[JsonSerializable(typeof(PolicyListAnswer))]
[JsonSerializable(typeof(PolicyWriteAnswer))]
[JsonSerializable(typeof(StateAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(LogVerifyAnswer))]
public sealed partial class RestJson : JsonSerializerContext
{
    /// <summary>
    /// The same, for writing: only what JSON itself needs is escaped, so that people can read what they get. Answers are sent as
    /// <c>application/json</c>, never inside HTML.
    /// </summary>
    public static RestJson Readable =>
        field ??= new(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
