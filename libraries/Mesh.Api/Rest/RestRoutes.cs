using Mesh.Api.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Api.Rest;

/// <summary>
/// The REST operations of a module, each under <c>/api</c> and under <c>/api/v1</c>, with its description and its permission.
/// </summary>
/// <param name="endpoints">Where they are mapped.</param>
/// <param name="root">What their paths begin with, such as <c>/traffic</c>.</param>
/// <param name="permissions">What operations that read and operations that write require.</param>
public sealed class RestRoutes(IEndpointRouteBuilder endpoints, string root, OperationPermissions permissions)
{
    /// <summary>Maps an operation that reads.</summary>
    public void Get(string path, RequestDelegate handler, OperationDoc doc) => Map(HttpMethods.Get, path, handler, doc, permissions.Read);

    /// <summary>Maps an operation that writes.</summary>
    public void Post(string path, RequestDelegate handler, OperationDoc doc) =>
        Map(HttpMethods.Post, path, handler, doc, permissions.Write);

    /// <summary>Maps an operation that writes.</summary>
    public void Put(string path, RequestDelegate handler, OperationDoc doc) => Map(HttpMethods.Put, path, handler, doc, permissions.Write);

    /// <summary>Maps an operation that writes.</summary>
    public void Delete(string path, RequestDelegate handler, OperationDoc doc) =>
        Map(HttpMethods.Delete, path, handler, doc, permissions.Write);

    private void Map(string method, string path, RequestDelegate handler, OperationDoc doc, string permission)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["/api", "/api/v1"])
            endpoints.MapMethods($"{prefix}{root}{path}", [method], handler).Describe(doc, handler).RequireMeshPermission(permission);
    }
}
