using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>Source-generated JSON of discovery's events and notification.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServiceRegistered))]
[JsonSerializable(typeof(ServiceUpdated))]
[JsonSerializable(typeof(ServiceDeregistered))]
[JsonSerializable(typeof(ServiceSettingsChanged))]
[JsonSerializable(typeof(DefaultsApplied))]
[JsonSerializable(typeof(InstanceHealthChanged))]
[JsonSerializable(typeof(AddressesResolved))]
[JsonSerializable(typeof(ServiceDiscoveryUpdated))]
public sealed partial class DiscoveryJson : JsonSerializerContext;
