using System.Reflection;
using Mesh.Api.Permissions;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Mesh.Api.Rest;

/// <summary>The one way an operation is mapped over REST.</summary>
public static class OperationMapping
{
    /// <summary>Maps an operation below each root of its group, with its permission and all that the OpenAPI document says of it.</summary>
    /// <exception cref="ArgumentException">The description contradicts itself, or the contract of its gRPC method.</exception>
    public static void MapOperation(this IEndpointRouteBuilder endpoints, Operation operation, RequestDelegate handler)
    {
        Check(operation);
        // Whoever reads a body or parameters notes what is not declared with all other faults; the others have none to note.
        var readsParameters = operation.Body is not null
            || operation.Accepted.Any(parameter => parameter.Place == ParameterPlace.Query);
        foreach (var root in operation.Group.Roots)
        {
            var endpoint = endpoints.MapMethods(root + operation.Path, [operation.Verb],
                readsParameters ? handler : WithoutQuery(handler));
            endpoint.Add(built => Describe(built.Metadata, operation, handler));
            endpoint.RequireMeshPermission(operation.Permission);
        }
    }

    private static RequestDelegate WithoutQuery(RequestDelegate handler) => context =>
    {
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        return faults.ToRefusal() is { } invalid ? context.WriteProblemAsync(invalid) : handler(context);
    };

    private static void Describe(IList<object> metadata, Operation operation, RequestDelegate handler)
    {
        metadata.Add(operation);
        // Without a method an endpoint is not listed in the document.
        if (!metadata.OfType<MethodInfo>().Any()) metadata.Add(handler.Method);
        metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, operation.Answer, ["application/json"]));
        foreach (var status in operation.Problems)
            metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemAnswer), ["application/problem+json"]));
        if (operation.Body is not null) metadata.Add(new AcceptsMetadata(["application/json"], operation.Body));
    }

    private static void Check(Operation operation)
    {
        var inPath = RoutePatternFactory.Parse(operation.Path).Parameters.Select(part => part.Name).Order(StringComparer.Ordinal);
        var declared = operation.Parameters.Where(parameter => parameter.Place == ParameterPlace.Path).Select(parameter => parameter.Name);
        if (!inPath.SequenceEqual(declared.Order(StringComparer.Ordinal)))
            throw new ArgumentException($"{operation.Id} does not declare what is in its path, {operation.Path}.", nameof(operation));
        // gRPC asks for the permission that follows from the contract; one operation has one permission.
        if (operation.Rpc is { } method && method.IsRead() != operation.IsRead)
            throw new ArgumentException(
                $"{operation.Id} and the contract of {method.FullName} differ in whether it only reads.", nameof(operation));
    }
}
