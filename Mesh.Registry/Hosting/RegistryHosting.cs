using System.Text.Json.Serialization;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Rest;
using Mesh.Registry.Documents;
using Mesh.Registry.History;

namespace Mesh.Registry.Hosting;

/// <summary>What a Registry has besides its modules: history, time machine, status, documents, and errors as problem details.</summary>
internal static class RegistryHosting
{
    public static void AddRegistry(this WebApplicationBuilder builder)
    {
        builder.Services.AddGrpc(grpc => grpc.TakeMessagesUpTo(JsonBody.MaxBytes));
        builder.Services.AddGrpcReflection();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, RestJson.Default);
            // The document is to say what is taken: numbers are numbers, not texts.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.AddRegistryDocuments();
        builder.Services.AddHealthChecks().AddCheck<WriterHealth>("log");
        builder.Services.AddSingleton<EventEndpoints>();
        builder.Services.AddSingleton<PastStates>();
        builder.Services.AddSingleton<StateEndpoints>();
        builder.Services.AddSingleton<VerifyEndpoint>();
        builder.Services.AddSingleton<StatusEndpoint>();
        builder.Services.AddOptions<StatusRetentionOptions>().BindConfiguration("Mesh:StatusRetention")
            .Validate(retention => retention.Keep > TimeSpan.Zero && retention.Every >= TimeSpan.FromSeconds(1),
                "Mesh:StatusRetention: Keep must be over zero and Every at least a second.")
            .ValidateOnStart();
        builder.Services.AddHostedService<StatusRetention>();
        builder.Services.AddHostedService<LogUse>();
    }

    public static void MapRegistry(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = ErrorAnswers.OnExceptionAsync,
            SuppressDiagnosticsCallback = _ => false,
        });
        app.UseStatusCodePages(ErrorAnswers.OnEmptyErrorAsync);
        app.MapRegistryDocuments();
        app.MapGrpcReflectionService().RequireMeshPermission(RegistryOperations.Permission);

        app.MapOperation(RegistryOperations.Events, app.Services.GetRequiredService<EventEndpoints>().ListAsync);
        app.MapOperation(RegistryOperations.State, app.Services.GetRequiredService<StateEndpoints>().GetAsync);
        app.MapOperation(RegistryOperations.Verify, app.Services.GetRequiredService<VerifyEndpoint>().GetAsync);
        app.MapOperation(RegistryOperations.Status, app.Services.GetRequiredService<StatusEndpoint>().GetAsync);
    }
}
