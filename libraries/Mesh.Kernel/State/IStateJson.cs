using System.Text.Json;

namespace Mesh.Kernel.State;

/// <summary>A module's state that can show itself to people, for <c>GET /api/v1/state</c>.</summary>
public interface IStateJson
{
    /// <summary>Writes one JSON value.</summary>
    void WriteTo(Utf8JsonWriter writer);
}
