using Mesh.Kernel.Settings;
using Mesh.ServiceDefaults.Programs;
using Mesh.Tests.Support;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.ServiceDefaults.Programs;

/// <summary>What a host says, and how it ends, where it cannot use a setting.</summary>
public sealed class SettingFaultTests
{
    [Theory]
    [InlineData("Mesh.Registry", "Mesh__Kernel__MaxBatch", "-1", "MaxBatch")]
    [InlineData("Mesh.Registry", "Mesh__Kernel__MaxBatch", "many", "Mesh:Kernel:MaxBatch")]
    [InlineData("Mesh.Registry", "ConnectionStrings__mesh", "nonsense", "'mesh'")]
    [InlineData("Mesh.Registry", "ConnectionStrings__kafka", "bootstrap.servers=;x=y", "ConnectionStrings__kafka")]
    [InlineData("Mesh.ControlPlane", "Mesh__AllowedHosts", "/x/", "Mesh__AllowedHosts")]
    [InlineData("Mesh.ControlPlane", "Mesh__Registry", "nowhere", "'nowhere'")]
    [InlineData("Mesh.Worker", "Mesh__Feeds", "pigeons", "Mesh__Feeds")]
    [InlineData("Mesh.Worker", "Mesh__ModulePath", "/nowhere/at/all", "/nowhere/at/all")]
    [InlineData("Mesh.Proxy", "Mesh__Tcp__Listen", "abc", "Mesh__Tcp__Listen")]
    [InlineData("Mesh.Proxy", "OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("Mesh.Proxy", "Mesh__Gateway__LookupTimeout", "soon", "LookupTimeout")]
    [InlineData("Mesh.Proxy", "MESH_ADMIN_PORT", "abc", "MESH_ADMIN_PORT")]
    [InlineData("Mesh.Proxy", "ASPNETCORE_URLS", "nowhere", "ASPNETCORE_URLS")]
    [InlineData("Mesh.Proxy", "Mesh__ControlPlane", "nowhere", "Mesh__ControlPlane")]
    [InlineData("Mesh.Proxy", "Mesh__Upstreams", "shop,bad name!", "Mesh__Upstreams")]
    [InlineData("Mesh.Proxy", "Mesh__Service", "x y", "Mesh__Service")]
    [InlineData("Mesh.Proxy", "Mesh__Tcp__Listen", "14702=A_B", "Mesh__Tcp__Listen")]
    [InlineData("Mesh.Proxy", "Mesh__Sidecar__Application", "http://127.0.0.1:1", "Mesh__Sidecar__Service")]
    [InlineData("Mesh.Worker", "Mesh__Registry", "nowhere", "Mesh__Registry")]
    [InlineData("Mesh.Registry", "ASPNETCORE_URLS", "http://192.0.2.1:14700", "ASPNETCORE_URLS")]
    [InlineData("Mesh.Registry", "Logging__LogLevel__Default", "loud", "Logging__LogLevel")]
    [InlineData("Mesh.Registry", "ConnectionStrings__redis", "127.0.0.1:1,foo=bar", "ConnectionStrings__redis")]
    [InlineData("Mesh.Registry", "ConnectionStrings__redis", "a:b:c", "ConnectionStrings__redis")]
    [InlineData("Mesh.Worker", "Aspire__StackExchange__Redis__DisableTracing", "perhaps", "Aspire__StackExchange__Redis__DisableTracing")]
    [InlineData("Mesh.Proxy", "Mesh__Sidecar__Inbound", "abc", "Mesh__Sidecar__Inbound")]
    public async Task It_names_the_setting_without_a_stack_and_ends_with_its_own_code(string host, string setting, string value,
        string named)
    {
        using var data = new TempFolder();
        await using var process = ChildProcess.Start(host, new Dictionary<string, string?>
        {
            ["MESH_DATA_DIR"] = data.Path,
            ["MESH_ADMIN_PORT"] = "0",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            [setting] = value,
        });
        await process.WaitForExit();
        Assert.Contains(named, process.Output);
        Assert.DoesNotContain("\n   at ", process.Output);
        Assert.Equal(MeshProgram.SettingFault, process.ExitCode);
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_named_on_one_line()
    {
        using var data = new TempFolder();
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        await using var process = ChildProcess.Start("Mesh.Registry",
            new Dictionary<string, string?> { ["MESH_DATA_DIR"] = data.Path, ["ASPNETCORE_URLS"] = $"http://{other.LocalEndpoint}" });
        await process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains($"http://{other.LocalEndpoint}: address already in use. Another program listens there", process.Output);
        Assert.DoesNotContain("Unhandled exception", process.Output);
    }

    [Fact]
    public async Task Each_of_several_faults_has_its_line_and_a_defect_stays_an_exception()
    {
        Assert.Equal(0, await MeshProgram.RunAsync(() => Task.CompletedTask));
        Assert.Equal(3, await MeshProgram.RunAsync(() => Task.FromResult(3)));
        Assert.Equal(MeshProgram.SettingFault, await MeshProgram.RunAsync(Task () => throw new AggregateException(
            new SettingException("one"), new OptionsValidationException("two", typeof(SettingFaultTests), ["first", "second"]))));
        await Assert.ThrowsAsync<AggregateException>(
            () => MeshProgram.RunAsync(
                Task () => throw new AggregateException(new SettingException("one"), new InvalidOperationException("a defect"))));
    }
}
