using Mesh.Modules;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>Every host with one module alone, as somebody runs it who scales them apart.</summary>
public sealed class SingleModuleTests
{
    public static TheoryData<string, string> HostsAndModules =>
        new(from host in new[] { "Mesh.Registry", "Mesh.ControlPlane",
            "Mesh.Worker" } from module in BuiltInModules.All() select (host, module.Name));

    [Theory]
    [MemberData(nameof(HostsAndModules))]
    public async Task A_host_starts_with_any_one_module_and_serves_no_other(string host, string module)
    {
        using var data = new TempFolder();
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        var endpoints = await HostEndpoints.Of(
            host, ["--urls=http://127.0.0.1:0", $"--MESH_DATA_DIR={data.Path}", $"--Mesh:Registry={nobody}", $"--Mesh:Modules={module}"]);
        var paths = endpoints.Select(endpoint => endpoint.RoutePattern.RawText ?? "").ToList();
        Assert.Contains("/health/ready", paths);
        foreach (var other in BuiltInModules.All().Where(other => other.Name != module))
        {
            Assert.DoesNotContain(paths,
                path => path.StartsWith($"/api/{other.Name}/", StringComparison.Ordinal)
                    || path.StartsWith($"/api/v1/{other.Name}/", StringComparison.Ordinal)
                || path.StartsWith($"/cdaprod.mesh.v1.{char.ToUpperInvariant(other.Name[0])}{other.Name[1..]}/", StringComparison.Ordinal));
        }
    }
}
