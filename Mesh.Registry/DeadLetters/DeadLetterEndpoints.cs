using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Messaging.DeadLetters;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Registry.DeadLetters;

/// <summary>Dead letters at a Registry: REST for people, gRPC for workers.</summary>
public static class DeadLetterEndpoints
{
    private const string Tag = "Dead letters";
    private static readonly OperationPermissions Permissions = OperationPermissions.Of("dead-letters");
    private static readonly ParameterDoc Id = new("id", "string", "As the list shows it.", "path", Required: true);
    private static readonly OperationDoc ListDoc = new("listDeadLetters", Tag, "Every parked key, oldest first")
    {
        Answer = typeof(DeadLetterListing),
        Problems = [503],
    };
    private static readonly OperationDoc GetDoc = new("getDeadLetter", Tag, "One parked key")
    {
        Parameters = [Id],
        Answer = typeof(DeadLetterRecord),
        Problems = [404, 503],
    };

    private static readonly OperationDoc ReplayDoc = new("replayDeadLetter", Tag, "Lets the workers try the key again")
    {
        Parameters = [Id], Answer = typeof(DeadLetterReplayed), Problems = [404, 503],
    };

    /// <summary>Adds what the endpoints need; needs an <see cref="ILogStore"/> and <c>AddMeshKafka</c>.</summary>
    public static IServiceCollection AddDeadLetters(this IServiceCollection services)
    {
        services.TryAddSingleton<DeadLetterStore>();
        services.TryAddSingleton<DeadLetterMirror>();
        services.AddHostedService(provider => provider.GetRequiredService<DeadLetterMirror>());
        return services;
    }

    /// <summary>
    /// Maps <c>GET /api/v1/dead-letters</c>, <c>GET /api/v1/dead-letters/{id}</c>, <c>POST /api/v1/dead-letters/{id}/replay</c> and the
    /// gRPC service.
    /// </summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/dead-letters").AddEndpointFilter(Unavailable);
        group.MapGet("", async (DeadLetterStore store, CancellationToken cancel) =>
                TypedResults.Json(new DeadLetterListing(await store.ListAsync(cancel).ConfigureAwait(false)),
                    DeadLetterJson.Default.DeadLetterListing))
            .Describe(ListDoc).RequireMeshPermission(Permissions.Read);
        group.MapGet("{id}", async (string id, DeadLetterStore store, CancellationToken cancel) =>
                await store.FindAsync(id, cancel).ConfigureAwait(false) is { } letter
                    ? TypedResults.Json(letter, DeadLetterJson.Default.DeadLetterRecord)
                    : Unknown(id))
            .Describe(GetDoc).RequireMeshPermission(Permissions.Read);
        group.MapPost("{id}/replay", async (string id, DeadLetterStore store, CancellationToken cancel) =>
                await store.ReplayAsync(id, cancel).ConfigureAwait(false) is { } letter
                    ? TypedResults.Json(new DeadLetterReplayed(true, letter), DeadLetterJson.Default.DeadLetterReplayed)
                    : Unknown(id))
            .Describe(ReplayDoc).RequireMeshPermission(Permissions.Write);
        endpoints.MapGrpcService<DeadLetterService>(Permissions);
    }

    private static IResult Unknown(string id) => new RefusalResult(
        Refusal.Of(RefusalKind.NotFound, "id", "unknown-dead-letter",
            $"There is no dead letter '{id}'. GET /api/v1/dead-letters lists them."));

    private static async ValueTask<object?> Unavailable(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context).ConfigureAwait(false);
        }
        catch (LogStoreException exception)
        {
            return new RefusalResult(Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", exception.Message));
        }
    }
}
