using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.ControlPlane.Applied;
using Mesh.Kernel.Commands;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Inspection;

/// <summary>
/// <c>GET /api/v1/proxies/{node}/config</c>: what one client was sent, resource by resource, with its contents, and how far it took it. The
/// same as CSDS tells, as JSON for people. Only the control plane that a client is connected to knows its contents; any other names that
/// one.
/// </summary>
internal static class ProxyConfigEndpoint
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        [.. XdsTypes.PushOrder.Select(type => type.Descriptor), HTTPFault.Descriptor, LocalRateLimit.Descriptor,
            HttpConnectionManager.Descriptor,
            TcpProxy.Descriptor, Router.Descriptor, Mesh.Xds.Protos.Upstreams.HttpProtocolOptions.Descriptor])));

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void MapProxyConfig(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/v1/proxies/{node}/config", GetAsync).RequireMeshPermission(StatusEndpoints.Permission);

    private static async Task GetAsync(HttpContext context, string node, AppliedTable table, AppliedMirror mirror)
    {
        var here = table.Clients.Where(c => c.Node.Id == node).OrderBy(c => c.ConnectedAt).ToList();
        if (here.Count > 0)
        {
            var answer = new JsonObject
            {
                ["node"] = node,
                ["controlPlane"] = table.ControlPlane,
                ["streams"] = new JsonArray([.. here.Select(Stream)]),
            };
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer.ToJsonString(Readable), context.RequestAborted);
            return;
        }

        var elsewhere = (await mirror.ListAsync(context.RequestAborted)).Items.Where(p => p.Node == node).Select(p => p.ControlPlane)
            .Distinct().ToList();
        if (elsewhere.Count == 0)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.NotFound, "node", "unknown-client",
                $"No xDS client '{node}' is connected to any control plane that this one ('{table.ControlPlane}') knows of. 'proxy "
                    + "status' lists those there are."));
            return;
        }

        await context.WriteProblemAsync(StatusCodes.Status421MisdirectedRequest, "The client is connected to another control plane",
            new Problem("node", "elsewhere",
            $"'{node}' is connected to control plane {string.Join(" and ", elsewhere.Select(e => $"'{e}'"))}, and this is "
                + $"'{table.ControlPlane}'. Ask that one: --control-plane=<its address>."));
    }

    private static JsonObject Stream(AppliedClient client)
    {
        var view = client.View();
        var resources = new JsonObject();
        foreach (var type in (client.Holdings?.Invoke() ?? []).GroupBy(r => r.Type).OrderBy(t => t.Key.Order))
        {
            var named = new JsonObject();
            foreach (var resource in type.OrderBy(r => r.Name, StringComparer.Ordinal)) named[resource.Name] = Resource(resource);
            resources[type.Key.ToString()] = named;
        }

        var types = new JsonArray();
        foreach (var type in view.Types)
        {
            types.Add((JsonNode)new JsonObject
            {
                ["type"] = type.Type, ["state"] = type.State, ["sentVersion"] = type.SentVersion, ["ackedVersion"] = type.AckedVersion,
                ["sequence"] = type.Sequence, ["nack"] = type.Nack,
            });
        }

        return new JsonObject
        {
            ["flavour"] = view.Flavour,
            ["address"] = view.Address,
            ["connectedAt"] = view.ConnectedAt,
            ["service"] = client.Node.Service,
            ["types"] = types,
            ["resources"] = resources,
        };
    }

    private static JsonObject Resource(XdsResource resource) =>
        new()
        {
            ["version"] = resource.Version,
            ["content"] = JsonNode.Parse(Formatter.Format(resource.Type.ReadForPeople(resource.Packed.Value))),
        };
}
