using Mesh.Kernel.Http;
using Mesh.ServiceDefaults.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Discovery.Api;

/// <summary>Discovery's REST interface (Flow step 1), under <c>/api/discovery</c> and <c>/api/v1/discovery</c>.</summary>
internal static class DiscoveryEndpoints
{
    public const string ReadPermission = "discovery.read";
    public const string WritePermission = "discovery.write";
    public const string ReportPermission = "discovery.report";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var writes = endpoints.ServiceProvider.GetRequiredService<WriteEndpoints>();
        var reads = endpoints.ServiceProvider.GetRequiredService<ReadEndpoints>();
        foreach (var prefix in new[] { "/api/discovery", "/api/v1/discovery" })
        {
            Write(endpoints.MapPost($"{prefix}/register", writes.Register), DiscoveryDocs.Register, writes.Register);
            Write(endpoints.MapDelete($"{prefix}/deregister", writes.Deregister), DiscoveryDocs.Deregister, writes.Deregister);
            Write(endpoints.MapPost($"{prefix}/mode", writes.Mode), DiscoveryDocs.Mode, writes.Mode);
            Write(endpoints.MapPost($"{prefix}/heartbeat", writes.Heartbeat), DiscoveryDocs.Heartbeat, writes.Heartbeat);
            Write(endpoints.MapPut($"{prefix}/services/{{name}}/settings", writes.PutSettings), DiscoveryDocs.PutSettings, writes.PutSettings);
            Write(endpoints.MapDelete($"{prefix}/services/{{name}}/settings", writes.DeleteSettings), DiscoveryDocs.DeleteSettings, writes.DeleteSettings);
            Read(endpoints.MapGet($"{prefix}/services", reads.List), DiscoveryDocs.List, reads.List);
            Read(endpoints.MapGet($"{prefix}/services/{{name}}", reads.Get), DiscoveryDocs.Get, reads.Get);
        }
    }

    private static void Write(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(WritePermission);

    private static void Read(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(ReadPermission);
}
