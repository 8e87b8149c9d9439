
namespace Mesh.Api.Permissions;

/// <summary>The permission an endpoint asks for.</summary>
/// <param name="Name">Module or host, then what is done, for example <c>discovery.write</c>.</param>
public sealed record MeshPermissionMetadata(string Name);
