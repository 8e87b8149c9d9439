using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Net.Client;
using Mesh.Tests.Support;

namespace Mesh.Tests.PlugIns;

/// <summary>Registry, control plane and worker as real processes, with the sample plug-in in their module folder.</summary>
internal sealed class PlugInMesh : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<ChildProcess> _processes = [];

    public PlugInMesh()
    {
        (Registry, ControlPlane, Worker) = (New(), New(), New());
        Channel = GrpcChannel.ForAddress(ControlPlane);
    }

    public Uri Registry { get; }

    public Uri ControlPlane { get; }

    public Uri Worker { get; }

    public GrpcChannel Channel { get; }

    public HttpClient Http { get; } = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>Puts the plug-in's assembly, and nothing else, into a new folder.</summary>
    public static string Drop(TempFolder folder)
    {
        var modules = Path.Combine(folder.Path, "modules");
        Directory.CreateDirectory(modules);
        File.Copy(typeof(Notices.NoticesModule).Assembly.Location, Path.Combine(modules, "Notices.dll"));
        return modules;
    }

    public static async Task<PlugInMesh> Start()
    {
        var mesh = new PlugInMesh();
        var modules = Drop(mesh._folder);
        await mesh.Run("Mesh.Registry", mesh.Registry, modules);
        await mesh.Run("Mesh.ControlPlane", mesh.ControlPlane, modules);
        await mesh.Run("Mesh.Worker", mesh.Worker, modules);
        return mesh;
    }

    public Task<JsonElement> Get(Uri host, string path) => Http.GetFromJsonAsync<JsonElement>(new Uri(host, path), Ending);

    public async Task<JsonElement> Post(string path, object body)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(Registry, path), body, Ending);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ending);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        Http.Dispose();
        _processes.Reverse();
        foreach (var process in _processes) await process.DisposeAsync();
        _folder.Dispose();
    }

    private static Uri New() => new($"http://127.0.0.1:{FreePort.Next()}");

    private async Task Run(string host, Uri address, string modules)
    {
        var process = ChildProcess.Start(host, new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = address.ToString(), ["Mesh__Registry"] = Registry.ToString(), ["Mesh__ModulePath"] = modules,
            ["MESH_DATA_DIR"] = _folder.Path, ["DOTNET_gcServer"] = "0",
        });
        _processes.Add(process);
        await process.Ready(new Uri(address, "/health/ready").ToString());
    }
}
