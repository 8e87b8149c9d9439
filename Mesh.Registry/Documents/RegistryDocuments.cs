using Mesh.Api.Permissions;
using Microsoft.OpenApi;

namespace Mesh.Registry.Documents;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and Swagger UI at <c>/swagger</c>, where <c>/</c> leads.</summary>
internal static class RegistryDocuments
{
    public static void AddRegistryDocuments(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddOperationTransformer<OperationTransformer>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Cdaprod Mesh: Registry";
            document.Info.Version = "v1";
            document.Info.Description = """
                The write side of the mesh. Every write is idempotent, is durable when it is answered, and says whether it changed anything
                and at which sequence of the log. Refusals are problem details (RFC 9457) that name every fault with its field.

                The paths under `/api/discovery`, `/api/traffic`, `/api/resilience` and `/api/security` are the same as those under
                `/api/v1`.
                """;
            // Which address it was asked at says nothing about where the reader is.
            document.Servers = [];
            // The framework lists each class that maps endpoints, which would be a heading with nothing below it.
            var used = from path in document.Paths.Values
                       from operation in path.Operations?.Values.ToArray() ?? []
                       from tag in operation.Tags?.ToArray() ?? []
                       select tag.Reference.Id;
            document.Tags = used.Distinct(StringComparer.Ordinal).Select(static name => new OpenApiTag { Name = name }).ToHashSet();
            return Task.CompletedTask;
        });
    });

    public static void MapRegistryDocuments(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").RequireMeshPermission(MeshPermission.HostObserve);
        // In a branch of its own: in the common way it would look at the path of every request.
        app.UseWhen(static context => context.Request.Path.StartsWithSegments("/swagger"), static branch => branch.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "swagger";
            ui.SwaggerEndpoint("/openapi/v1.json", "Cdaprod Mesh: Registry v1");
            ui.DocumentTitle = "Cdaprod Mesh: Registry";
        }));
        app.MapGet("/", static context =>
        {
            context.Response.Redirect("/swagger");
            return Task.CompletedTask;
        }).RequireMeshPermission(MeshPermission.HostObserve).ExcludeFromDescription();
    }
}
