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
        endpoints.MapOperation(DiscoveryOperations.Register, writes.RegisterAsync);
        endpoints.MapOperation(DiscoveryOperations.Deregister, writes.DeregisterAsync);
        endpoints.MapOperation(DiscoveryOperations.Mode, writes.ModeAsync);
        endpoints.MapOperation(DiscoveryOperations.Heartbeat, writes.HeartbeatAsync);
        endpoints.MapOperation(DiscoveryOperations.PutSettings, writes.PutSettingsAsync);
        endpoints.MapOperation(DiscoveryOperations.DeleteSettings, writes.DeleteSettingsAsync);
        endpoints.MapOperation(DiscoveryOperations.List, reads.ListAsync);
        endpoints.MapOperation(DiscoveryOperations.Get, reads.GetAsync);
    }
}
