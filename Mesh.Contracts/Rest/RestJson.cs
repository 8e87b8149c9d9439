using System.Text.Json;
using System.Text.Json.Serialization;

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
public sealed partial class RestJson : JsonSerializerContext;
