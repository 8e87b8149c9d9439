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
    private const string ReadPermission = "registry.read";

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
            ExceptionHandler = ErrorAnswers.OnException,
            SuppressDiagnosticsCallback = _ => false,
        });
        app.UseStatusCodePages(ErrorAnswers.OnEmptyError);
        app.MapRegistryDocuments();
        app.MapGrpcReflectionService().RequireMeshPermission(ReadPermission);

        Read(app, "/api/v1/events", app.Services.GetRequiredService<EventEndpoints>().List, RegistryDocs.Events);
        Read(app, "/api/v1/state", app.Services.GetRequiredService<StateEndpoints>().Get, RegistryDocs.State);
        Read(app, "/api/v1/log/verify", app.Services.GetRequiredService<VerifyEndpoint>().Get, RegistryDocs.Verify);
        Read(app, "/api/v1/status", app.Services.GetRequiredService<StatusEndpoint>().Get, RegistryDocs.Status);
    }

    private static void Read(WebApplication app, string pattern, RequestDelegate handler, OperationDoc doc) =>
        app.MapGet(pattern, handler).Describe(doc, handler).RequireMeshPermission(ReadPermission);
}
