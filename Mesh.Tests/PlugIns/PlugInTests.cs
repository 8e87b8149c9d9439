using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Api.Permissions;
using Mesh.Tests.AppHost;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Routing;
using V1 = Notices.V1;

namespace Mesh.Tests.PlugIns;

/// <summary>A module that is dropped into the module folder can do all that a built-in one can.</summary>
public sealed class PlugInTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plug_in_works_in_every_role()
    {
        await using var mesh = await PlugInMesh.Start();
        var facade = new V1.Notices.NoticesClient(mesh.Channel);
        using var watch = facade.Watch(new(), cancellationToken: Ending);
        Assert.True(await watch.ResponseStream.MoveNext(Ending));
        Assert.Empty(watch.ResponseStream.Current.Items);

        // REST and gRPC on the Registry; the rules are the same.
        Assert.True((await mesh.Post("/api/notices/items", new { service = "shop", text = "old" })).GetProperty("changed").GetBoolean());
        using var registry = GrpcChannel.ForAddress(mesh.Registry);
        var own = new V1.Notices.NoticesClient(registry);
        Assert.False((await own.SetAsync(new() { Service = "shop", Text = "old" }, cancellationToken: Ending)).Changed);
        Assert.Equal(StatusCode.InvalidArgument,
            (await Assert.ThrowsAsync<RpcException>(
                () => own.SetAsync(new() { Service = "Shop" }, cancellationToken: Ending).ResponseAsync)).StatusCode);

        // The facade on the control plane passes writes on, and answers reads and watches itself.
        var written = await facade.SetAsync(new() { Service = "shop", Text = "deprecated" }, cancellationToken: Ending);
        Assert.True(written.Changed);
        await Eventually.True(async () => (await facade.ListAsync(new(), cancellationToken: Ending)).Items is [{ Text: "deprecated" }],
            Patience, "the control plane's replica has it");
        while (watch.ResponseStream.Current.Items is not [{ Text: "deprecated" }]) Assert.True(await watch.ResponseStream.MoveNext(Ending));

        // Inspection: the state, the document and what an explanation warns of.
        var state = await mesh.Get(mesh.Registry, "/api/v1/state");
        Assert.Equal("deprecated", state.GetProperty("modules").GetProperty("notices")[0].GetProperty("text").GetString());
        var paths = (await mesh.Get(mesh.Registry, "/openapi/v1.json")).GetProperty("paths");
        Assert.Contains("/api/v1/notices/items", paths.EnumerateObject().Select(path => path.Name));

        // The worker confirms it once another module knows the service.
        Assert.False((await own.ListAsync(new(), cancellationToken: Ending)).Items.Single().Confirmed);
        await mesh.Post("/api/discovery/register", new { name = "shop", url = "http://127.0.0.1:9" });
        await Eventually.True(async () => (await own.ListAsync(new(), cancellationToken: Ending)).Items.Single().Confirmed, Patience,
            "the worker has confirmed it");
        await Eventually.True(
            async () => (await mesh.Get(mesh.Worker, "/api/v1/worker/status")).GetProperty("gauges").GetProperty("notices.confirmed")
                .GetInt64() == 1, Patience, "its gauge shows it");
        var events = (await mesh.Get(mesh.Registry, "/api/v1/events?stream=notices&limit=10")).GetProperty("items").EnumerateArray()
            .Select(e => $"{e.GetProperty("type")} {e.GetProperty("actor")}");
        Assert.Equal(
            ["samples.notices.notice-set.v1 anonymous", "samples.notices.notice-set.v1 anonymous",
                "samples.notices.notice-confirmed.v1 reconciler:notices-confirm"], events);

        // Data planes get what it adds to the routes.
        var explained = await mesh.Get(mesh.ControlPlane, "/api/v1/traffic/explain?to=shop");
        Assert.Contains("notice: gRPC's own clients", explained.ToString(), StringComparison.Ordinal);
        using var client = new DeltaClient(mesh.Channel, DeltaClient.NodeOf("gateway", "shop"));
        await client.Subscribe(XdsTypes.RouteConfiguration, "*");
        var routes = await client.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url && r.Resources.Any(one => one.Name == "shop"));
        var route = routes.Resources.Single(r => r.Name == "shop").Resource_.Unpack<RouteConfiguration>().VirtualHosts[0].Routes[0];
        Assert.Equal(("x-notice", "deprecated"),
            (route.ResponseHeadersToAdd.Single().Header.Key, route.ResponseHeadersToAdd.Single().Header.Value));
    }

    [Theory]
    [InlineData("Mesh.Registry", "POST /api/notices/items: notices.write", "GET /api/notices/items: notices.read",
        "POST /samples.notices.v1.Notices/Set: notices.write",
        "POST /samples.notices.v1.Notices/Watch: notices.read", "POST /samples.notices.v1.NoticeStatus/Confirm: notices.report")]
    [InlineData("Mesh.ControlPlane", "POST /samples.notices.v1.Notices/Set: notices.write",
        "POST /samples.notices.v1.Notices/List: notices.read")]
    [InlineData("Mesh.Worker")]
    public async Task It_starts_alone_in_every_role_and_its_operations_require_its_permissions(string host, params string[] operations)
    {
        using var folder = new TempFolder();
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        var endpoints = await HostEndpoints.Of(
            host, ["--urls=http://127.0.0.1:0", $"--MESH_DATA_DIR={folder.Path}", $"--Mesh:Registry={nobody}",
                $"--Mesh:ModulePath={PlugInMesh.Drop(folder)}", "--Mesh:Modules=notices"]);
        var required = endpoints.SelectMany(Operations).ToList();
        foreach (var operation in operations) Assert.Contains(operation, required);
        Assert.DoesNotContain(required, operation => operation.Contains("/api/discovery/", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Operations(RouteEndpoint endpoint)
    {
        var permission = endpoint.Metadata.GetMetadata<MeshPermissionMetadata>()?.Name;
        return endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is { Method: var method }
            ? [$"POST {method.FullName}: {permission}"]
            : (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
                ?? []).Select(verb => $"{verb} {endpoint.RoutePattern.RawText}: {permission}");
    }
}
