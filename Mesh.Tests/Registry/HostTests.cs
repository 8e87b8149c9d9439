using Mesh.Api.Permissions;
using Mesh.Registry.Hosting;
using Mesh.ServiceDefaults.Programs;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Tests.Registry;

public class HostTests
{
    [Fact]
    public async Task Every_endpoint_asks_for_a_named_permission()
    {
        using var folder = new TempFolder();
        var builder = WebApplication.CreateBuilder(["--MESH_DATA_DIR", folder.Path]);
        await using var app = RegistryApp.Build(builder);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).ToList();
        Assert.NotEmpty(endpoints);
        Assert.Empty(endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<MeshPermissionMetadata>() is null)
            .Select(endpoint => endpoint.DisplayName));
    }

    [Fact]
    public async Task A_second_Registry_on_the_same_data_folder_ends_and_names_the_first()
    {
        using var folder = new TempFolder();
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var first = SharedRegistry.Start(folder.Path, address);
        await first.Ready(new Uri(address, "/health/ready").ToString(), TimeSpan.FromSeconds(60));
        await using var second = SharedRegistry.Start(folder.Path, new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        await second.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.Equal(MeshProgram.SettingFault, second.ExitCode);
        Assert.Contains($"A mesh is already running here (pid {first.Id}, port {address.Port})", second.Output);

        // The log is what is locked, wherever it is: another data folder does not help.
        using var other = new TempFolder();
        await using var elsewhere = ChildProcess.Start("Mesh.Registry", new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}", ["MESH_DATA_DIR"] = other.Path,
            ["ConnectionStrings__mesh"] = $"Data Source={folder.File("mesh.db")}",
        });
        await elsewhere.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.Equal(MeshProgram.SettingFault, elsewhere.ExitCode);
        Assert.Contains("set another folder with ConnectionStrings__mesh", elsewhere.Output);

        await first.Kill();
        await using var third = SharedRegistry.Start(folder.Path, address);
        await third.Ready(new Uri(address, "/health/ready").ToString(), TimeSpan.FromSeconds(60));
        Assert.Equal(0, await third.Terminate());
    }

    [Fact]
    public async Task A_Registry_that_is_older_than_its_tables_ends_at_once_and_says_what_to_do()
    {
        using var folder = new TempFolder();
        var file = folder.File("mesh.db");
        await using (var store = new SqliteLogStore(file)) await store.OpenAsync(TestContext.Current.CancellationToken);
        await using (var newer = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await newer.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = newer.CreateCommand();
            command.CommandText = "UPDATE meta SET value = '99' WHERE key = 'schema'";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var registry = SharedRegistry.Start(folder.Path, new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        await registry.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.Equal(MeshProgram.SettingFault, registry.ExitCode);
        Assert.Contains($"SQLite {file}: the tables have version 99", registry.Output);
        Assert.Contains("Start a program that knows version 99, or restore a copy", registry.Output);
        Assert.DoesNotContain("\n   at ", registry.Output);
    }
}
