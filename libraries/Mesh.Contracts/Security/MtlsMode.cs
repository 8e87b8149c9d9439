using System.Text.Json.Serialization;

namespace Mesh.Contracts.Security;

/// <summary>How connections to the instances of a service are made.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MtlsMode>))]
public enum MtlsMode
{
    /// <summary>In plaintext.</summary>
    [JsonStringEnumMemberName("disable")] Disable,

    /// <summary>With mutual TLS to instances that take it, in plaintext to the others.</summary>
    [JsonStringEnumMemberName("permissive")] Permissive,

    /// <summary>With mutual TLS, or not at all.</summary>
    [JsonStringEnumMemberName("strict")] Strict,
}
