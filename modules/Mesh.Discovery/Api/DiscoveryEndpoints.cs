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
        endpoints.MapOperation(DiscoveryOperations.Register, writes.Register);
        endpoints.MapOperation(DiscoveryOperations.Deregister, writes.Deregister);
        endpoints.MapOperation(DiscoveryOperations.Mode, writes.Mode);
        endpoints.MapOperation(DiscoveryOperations.Heartbeat, writes.Heartbeat);
        endpoints.MapOperation(DiscoveryOperations.PutSettings, writes.PutSettings);
        endpoints.MapOperation(DiscoveryOperations.DeleteSettings, writes.DeleteSettings);
        endpoints.MapOperation(DiscoveryOperations.List, reads.List);
        endpoints.MapOperation(DiscoveryOperations.Get, reads.Get);
    }
}
