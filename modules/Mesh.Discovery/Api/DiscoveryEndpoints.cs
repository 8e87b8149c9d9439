using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Discovery.Api;

/// <summary>Discovery's REST interface (Flow step 1), under <c>/api/discovery</c> and <c>/api/v1/discovery</c>.</summary>
internal static class DiscoveryEndpoints
{
    /// <summary>What discovery's operations require, over REST and over gRPC.</summary>
    public static OperationPermissions Permissions { get; } = OperationPermissions.Of("discovery");

    /// <summary>What workers require to report what they have found out.</summary>
    public static OperationPermissions Reporting { get; } = Permissions with { Write = "discovery.report" };

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var writes = endpoints.ServiceProvider.GetRequiredService<WriteEndpoints>();
        var reads = endpoints.ServiceProvider.GetRequiredService<ReadEndpoints>();
        var rest = new RestRoutes(endpoints, "/discovery", Permissions);
        rest.Post("/register", writes.Register, DiscoveryDocs.Register);
        rest.Delete("/deregister", writes.Deregister, DiscoveryDocs.Deregister);
        rest.Post("/mode", writes.Mode, DiscoveryDocs.Mode);
        rest.Post("/heartbeat", writes.Heartbeat, DiscoveryDocs.Heartbeat);
        rest.Put("/services/{name}/settings", writes.PutSettings, DiscoveryDocs.PutSettings);
        rest.Delete("/services/{name}/settings", writes.DeleteSettings, DiscoveryDocs.DeleteSettings);
        rest.Get("/services", reads.List, DiscoveryDocs.List);
        rest.Get("/services/{name}", reads.Get, DiscoveryDocs.Get);
    }
}
