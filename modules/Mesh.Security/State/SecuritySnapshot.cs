using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Security;

namespace Mesh.Security.State;

/// <summary>
/// Security's part of a state snapshot: modes by namespace and service, the default of a namespace first, so that equal states are equal
/// bytes.
/// </summary>
internal static class SecuritySnapshot
{
    public static void Save(SecurityState state, Stream target) =>
        JsonSerializer.Serialize(target, Saved(state), SecuritySnapshotJson.Default.SavedModeArray);

    public static SecurityState Load(Stream source) =>
        (JsonSerializer.Deserialize(source, SecuritySnapshotJson.Default.SavedModeArray) ?? throw new JsonException("The modes are null."))
            .Aggregate(SecurityState.Empty, (state, saved) => state.With(
                new(saved.Namespace, saved.Service), new(MtlsSetting.Of(saved.Mode, saved.TrustDomain), saved.Version)));

    /// <summary>The same for people.</summary>
    public static void WriteTo(SecurityState state, Utf8JsonWriter writer) =>
        JsonSerializer.Serialize(writer, Saved(state), SecuritySnapshotJson.Default.SavedModeArray);

    private static SavedMode[] Saved(SecurityState state) =>
    [
        .. from one in state.Namespaces
           from mode in One(one.Key, null, one.Value.Default)
               .Concat(one.Value.Services.SelectMany(service => One(one.Key, service.Key, service.Value)))
           select mode,
    ];

    private static IEnumerable<SavedMode> One(string @namespace, string? service, MtlsEntry? entry) =>
        entry is null ? [] : [new(@namespace, service, entry.Setting.Mode, entry.Setting.TrustDomain?.Name, entry.Version)];
}

internal sealed record SavedMode(string Namespace, string? Service, MtlsMode Mode, string? TrustDomain, long Version);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedMode[]))]
internal sealed partial class SecuritySnapshotJson : JsonSerializerContext;
