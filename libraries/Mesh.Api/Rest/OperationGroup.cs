using Mesh.Api.Permissions;

namespace Mesh.Api.Rest;

/// <summary>What operations on one kind of thing have in common.</summary>
/// <param name="Tag">Their heading in the OpenAPI document, such as <c>Discovery</c>.</param>
/// <param name="Permissions">What reading and writing require.</param>
/// <param name="Roots">What their paths begin with; each operation is mapped below every one of them.</param>
public sealed record OperationGroup(string Tag, OperationPermissions Permissions, params IReadOnlyList<string> Roots)
{
    /// <summary>The operations of a module: each under <c>/api</c> and under <c>/api/v1</c>.</summary>
    /// <param name="tag">Their heading.</param>
    /// <param name="root">What follows, such as <c>/traffic</c>.</param>
    /// <param name="permissions">What reading and writing require.</param>
    public static OperationGroup OfModule(string tag, string root, OperationPermissions permissions) =>
        new(tag, permissions, $"/api{root}", $"/api/v1{root}");
}
