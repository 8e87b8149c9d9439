using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Values;
using Mesh.Messaging.DeadLetters;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Registry.DeadLetters;

/// <summary>Dead letters at a Registry: REST for people, gRPC for workers.</summary>
public static class DeadLetterEndpoints
{
    private static readonly OperationGroup Group =
        new("Dead letters", OperationPermissions.Of("dead-letters"), "/api/v1/dead-letters");

    private static readonly Parameter<string> Id = Parameter.AsInPath("id", "As the list shows it.");

    private static readonly Operation ListOperation = new(Group, OperationKind.Inspect, HttpMethods.Get, "", "listDeadLetters",
        "Every parked key, oldest first")
    {
        Rpc = Contracts.V1.DeadLetters.Descriptor.Method("List"),
        Answer = typeof(DeadLetterListing),
        Refusals = [RefusalKind.Unavailable],
    };

    private static readonly Operation GetOperation = new(Group, OperationKind.Inspect, HttpMethods.Get, "/{id}", "getDeadLetter",
        "One parked key")
    {
        Parameters = [Id],
        Answer = typeof(DeadLetterRecord),
        Refusals = [RefusalKind.NotFound, RefusalKind.Unavailable],
    };

    private static readonly Operation ReplayOperation = new(Group, OperationKind.Act, HttpMethods.Post, "/{id}/replay", "replayDeadLetter",
        "Lets the workers try the key again")
    {
        Rpc = Contracts.V1.DeadLetters.Descriptor.Method("Replay"),
        Parameters = [Id],
        Answer = typeof(DeadLetterReplayed),
        Refusals = [RefusalKind.NotFound],
    };

    /// <summary>Adds what the endpoints need; needs an <see cref="ILogStore"/> and <c>AddMeshKafka</c>.</summary>
    public static IServiceCollection AddDeadLetters(this IServiceCollection services)
    {
        services.TryAddSingleton<DeadLetterStore>();
        services.TryAddSingleton<DeadLetterMirror>();
        services.AddHostedService(provider => provider.GetRequiredService<DeadLetterMirror>());
        return services;
    }

    /// <summary>Maps the operations, and the gRPC service.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        var store = endpoints.ServiceProvider.GetRequiredService<DeadLetterStore>();
        endpoints.MapOperation(ListOperation, context => GuardAsync(context, async () => await context.WriteLargeJsonAsync(
            new DeadLetterListing(await store.ListAsync(context.RequestAborted).ConfigureAwait(false)),
            DeadLetterJson.Default.DeadLetterListing).ConfigureAwait(false)));
        endpoints.MapOperation(GetOperation, context => GuardAsync(context, async () =>
        {
            var id = IdOf(context);
            if (await store.FindAsync(id, context.RequestAborted).ConfigureAwait(false) is { } letter)
                await context.WriteJsonAsync(letter, DeadLetterJson.Default.DeadLetterRecord).ConfigureAwait(false);
            else
                await context.WriteProblemAsync(Unknown(id)).ConfigureAwait(false);
        }));
        endpoints.MapOperation(ReplayOperation, context => GuardAsync(context, async () =>
        {
            var id = IdOf(context);
            if (await store.ReplayAsync(id, context.RequestAborted).ConfigureAwait(false) is { } letter)
                await context.WriteJsonAsync(new DeadLetterReplayed(true, letter),
                    DeadLetterJson.Default.DeadLetterReplayed).ConfigureAwait(false);
            else
                await context.WriteProblemAsync(Unknown(id)).ConfigureAwait(false);
        }));
        endpoints.MapGrpcService<DeadLetterService>(Group.Permissions);
    }

    private static string IdOf(HttpContext context) => RequestParameters.Of(context, new Faults()).Read(Id);

    private static Refusal Unknown(string id) => Refusal.Of(RefusalKind.NotFound, "id", "unknown-dead-letter",
        $"There is no dead letter '{id}'. GET /api/v1/dead-letters lists them.");

    private static async Task GuardAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer().ConfigureAwait(false);
        }
        catch (LogStoreException exception)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", exception.Message))
                .ConfigureAwait(false);
        }
    }
}
