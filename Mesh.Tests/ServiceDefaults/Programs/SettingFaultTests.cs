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
    [InlineData("Mesh.Proxy", "Mesh__Gateway__LookUpFor", "soon", "LookUpFor")]
    public async Task It_names_the_setting_without_a_stack_and_ends_with_its_own_code(string host, string setting, string value, string named)
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
        Assert.DoesNotContain("   at ", process.Output);
        Assert.Equal(MeshProgram.SettingFault, process.ExitCode);
    }

    [Fact]
    public async Task Each_of_several_faults_has_its_line_and_a_defect_stays_an_exception()
    {
        Assert.Equal(0, await MeshProgram.Run(() => Task.CompletedTask));
        Assert.Equal(3, await MeshProgram.Run(() => Task.FromResult(3)));
        Assert.Equal(MeshProgram.SettingFault, await MeshProgram.Run(Task () => throw new AggregateException(
            new SettingException("one"), new OptionsValidationException("two", typeof(SettingFaultTests), ["first", "second"]))));
        await Assert.ThrowsAsync<AggregateException>(() => MeshProgram.Run(Task () => throw new AggregateException(new SettingException("one"), new InvalidOperationException("a defect"))));
    }
}
