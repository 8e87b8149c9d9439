using Mesh.Api.Permissions;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Tests.AppHost;

public sealed class EndpointPermissionTests
{
    [Theory]
    [InlineData("Mesh.Registry")]
    [InlineData("Mesh.ControlPlane")]
    [InlineData("Mesh.Worker")]
    [InlineData("Mesh.Proxy", "--MESH_ADMIN_PORT=0")]
    public async Task Every_endpoint_of_every_host_names_a_permission(string host, params string[] arguments)
    {
        using var data = new TempFolder();

        // By their defaults they would join whatever mesh runs on this machine.
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        var endpoints = await HostEndpoints.Of(
            host, ["--urls=http://127.0.0.1:0", $"--MESH_DATA_DIR={data.Path}", $"--Mesh:Registry={nobody}", $"--Mesh:ControlPlane={nobody}", .. arguments]);
        Assert.Contains(endpoints, endpoint => endpoint.RoutePattern.RawText == "/health/ready");
        Assert.Empty(endpoints.Where(IsReal).Where(endpoint => endpoint.Metadata.GetMetadata<MeshPermissionMetadata>() is null).Select(endpoint => endpoint.DisplayName));
    }

    // What gRPC answers for services and methods that do not exist: nothing is behind it.
    private static bool IsReal(RouteEndpoint endpoint) => endpoint.DisplayName?.Contains("Unimplemented", StringComparison.OrdinalIgnoreCase) != true;
}
