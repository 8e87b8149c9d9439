namespace Mesh.DataPlane.Routing;

/// <summary>The headers of a request that is being routed.</summary>
public interface IRequestHeaders
{
    /// <summary>A header's value, several joined by commas, or null when it is absent. Names are compared without case.</summary>
    string? Get(string name);

    /// <summary>A header's values where there are several lines of it, else null.</summary>
    IReadOnlyList<string>? Several(string name) => null;
}
