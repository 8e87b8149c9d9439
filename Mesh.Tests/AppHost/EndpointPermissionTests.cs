using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
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
        var endpoints = await Of(host, arguments);
        Assert.Contains(endpoints, endpoint => endpoint.RoutePattern.RawText == "/health/ready");
        Assert.Empty(endpoints.Where(IsReal).Where(endpoint => endpoint.Metadata.GetMetadata<MeshPermissionMetadata>() is null)
            .Select(endpoint => endpoint.DisplayName));
    }

    [Fact]
    public async Task Every_method_of_every_service_requires_one_permission_and_those_that_only_read_that_of_a_read()
    {
        var required = new Dictionary<string, HashSet<string>>();
        foreach (var host in new[] { "Mesh.Registry", "Mesh.ControlPlane", "Mesh.Worker" })
        {
            foreach (var endpoint in await Of(host))
            {
                if (endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not { Method: var method }) continue;
                var name = method.FullName.TrimStart('/');
                if (!required.TryGetValue(name, out var known)) required[name] = known = [];
                known.Add(Assert.Single(endpoint.Metadata.OfType<MeshPermissionMetadata>()).Name);
            }
        }

        // A service that no host maps would have none.
        Assert.Empty(Contracts().SelectMany(service => service.Methods).Select(method => $"{method.Service.FullName}/{method.Name}")
            .Except(required.Keys));
        foreach (var (method, permissions) in required.Where(method => method.Key.StartsWith("cdaprod.mesh.v1.", StringComparison.Ordinal)))
        {
            // The Registry's service and the control plane's facade of it ask for the same.
            Assert.True(permissions.Count == 1, $"{method}: {string.Join(", ", permissions)}");
            var permission = permissions.Single();
            if (method.Contains(".Proxies/", StringComparison.Ordinal)) Assert.Equal("control-plane.observe", permission);
            else
                Assert.True(IsNamedAsRead(method) == permission.EndsWith(".read", StringComparison.Ordinal),
                    $"{method} requires {permission}");
        }

        Assert.Equal("discovery.read", required["cdaprod.mesh.v1.Discovery/Watch"].Single());
        Assert.Equal("discovery.write", required["cdaprod.mesh.v1.Discovery/Register"].Single());
        Assert.Equal("discovery.report", required["cdaprod.mesh.v1.DiscoveryStatus/ReportHealth"].Single());
        Assert.Equal("resilience.report", required["cdaprod.mesh.v1.Resilience/ReportIncidents"].Single());
        Assert.Equal("resilience.write", required["cdaprod.mesh.v1.Resilience/SetPolicy"].Single());
        Assert.Equal("traffic.read", required["cdaprod.mesh.v1.Delivery/GetCanary"].Single());
        Assert.Equal("security.sign", required["cdaprod.mesh.v1.Certificates/Sign"].Single());
        Assert.Equal("security.sign", required["cdaprod.mesh.v1.Certificates/Renew"].Single());
        Assert.Equal("security.read", required["cdaprod.mesh.v1.Security/GetBundle"].Single());
        Assert.Equal("security.authority", required["cdaprod.mesh.v1.Security/ImportAuthority"].Single());
        Assert.Equal("security.authority", required["cdaprod.mesh.v1.Security/RotateAuthority"].Single());
        Assert.Equal("security.write", required["cdaprod.mesh.v1.Security/CreateJoinToken"].Single());
        Assert.Equal("security.write", required["cdaprod.mesh.v1.Security/AddRevocation"].Single());
        Assert.Equal("security.write", required["cdaprod.mesh.v1.Security/SetMtlsMode"].Single());
        Assert.Equal("security.write", required["cdaprod.mesh.v1.Security/RemoveMtlsMode"].Single());
        Assert.Equal("security.read", required["cdaprod.mesh.v1.Security/ListMtlsModes"].Single());
        Assert.Equal("dead-letters.read", required["cdaprod.mesh.v1.DeadLetters/List"].Single());
    }

    [Fact]
    public async Task Every_operation_of_a_registry_is_described_and_requires_the_same_over_REST_and_over_gRPC()
    {
        var endpoints = await Of("Mesh.Registry");
        var rpc = endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not null).ToDictionary(
            endpoint => endpoint.Metadata.GetRequiredMetadata<GrpcMethodMetadata>().Method.FullName,
            endpoint => endpoint.Metadata.GetRequiredMetadata<MeshPermissionMetadata>().Name);
        var named = new HashSet<string>();
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)))
        {
            Assert.True(endpoint.Metadata.GetMetadata<Operation>() is not null, $"{endpoint.DisplayName} has no description");
            var operation = endpoint.Metadata.GetRequiredMetadata<Operation>();
            var permission = endpoint.Metadata.GetRequiredMetadata<MeshPermissionMetadata>().Name;
            Assert.Equal(operation.Permission, permission);
            if (operation.Rpc is not { } method) continue;
            named.Add(method.FullName);
            Assert.Equal((operation.Id, permission), (operation.Id, rpc[$"/{method.Service.FullName}/{method.Name}"]));
        }

        // What gRPC has and REST has not: watches as streams, the log for machines, and what programs of the mesh report.
        string[] grpcOnly =
            ["cdaprod.mesh.v1.Discovery.Watch", "cdaprod.mesh.v1.Resilience.ReportIncidents", "cdaprod.mesh.v1.DeadLetters.Park"];
        string[] ofMachines = ["DiscoveryStatus", "DeliveryStatus", "Log", "Proxies", "Certificates"];
        Assert.Equal(grpcOnly.Order(StringComparer.Ordinal),
            Contracts().Where(service => !ofMachines.Contains(service.Name)).SelectMany(service => service.Methods)
                .Select(method => method.FullName).Except(named).Order(StringComparer.Ordinal));
    }

    private static bool IsNamedAsRead(string method)
    {
        var name = method[(method.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return new[] { "Get", "List", "Read", "Tail", "Watch" }.Any(verb => name.StartsWith(verb, StringComparison.Ordinal));
    }

    private static IEnumerable<ServiceDescriptor> Contracts() =>
        from type in typeof(Mesh.Contracts.V1.Discovery).Assembly.GetTypes()
        let file = type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)
        where file?.PropertyType == typeof(FileDescriptor)
        from service in ((FileDescriptor)file.GetValue(null)!).Services
        select service;

    private static async Task<IReadOnlyList<RouteEndpoint>> Of(string host, params string[] arguments)
    {
        using var data = new TempFolder();
        // By their defaults they would join whatever mesh runs on this machine.
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        return await HostEndpoints.Of(
            host, ["--urls=http://127.0.0.1:0", $"--MESH_DATA_DIR={data.Path}", $"--Mesh:Registry={nobody}",
                $"--Mesh:ControlPlane={nobody}", .. arguments]);
    }

    // What gRPC answers for services and methods that do not exist: nothing is behind it.
    private static bool IsReal(RouteEndpoint endpoint) =>
        endpoint.DisplayName?.Contains("Unimplemented", StringComparison.OrdinalIgnoreCase) != true;
}
