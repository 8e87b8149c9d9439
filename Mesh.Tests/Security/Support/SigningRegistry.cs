using Mesh.Api.Client;
using Mesh.Contracts.Security;
using Mesh.Identity;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security.Support;

/// <summary>A real Registry process, and workloads that join it.</summary>
internal sealed class SigningRegistry : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _lifetime;
    private ChildProcess _process = null!;

    private SigningRegistry(string lifetime)
    {
        _lifetime = lifetime;
        Api = new MeshApiClient(Address);
    }

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public MeshApiClient Api { get; }

    /// <summary>Starts one whose certificates live as long.</summary>
    public static async Task<SigningRegistry> Start(string leafLifetime = "1.00:00:00")
    {
        var registry = new SigningRegistry(leafLifetime);
        await registry.StartProcess();
        return registry;
    }

    /// <summary>Ends the process; <see cref="StartProcess"/> goes on with its data.</summary>
    public ValueTask StopProcess() => _process.DisposeAsync();

    public async Task StartProcess()
    {
        _process = ChildProcess.Start("Mesh.Registry", new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = Address.ToString(), ["MESH_DATA_DIR"] = _folder.File("data"), ["ConnectionStrings__mesh"] = null,
            ["ConnectionStrings__redis"] = null, ["ConnectionStrings__kafka"] = null, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
            ["Mesh__Security__LeafLifetime"] = _lifetime,
        });
        await _process.Ready(new Uri(Address, "/health/ready").ToString(), TimeSpan.FromSeconds(60));
    }

    /// <summary>A folder that goes with this.</summary>
    public string Folder(string name) => _folder.File(name);

    /// <summary>A join token of a service.</summary>
    public async Task<string> Token(string service) => (await Api.Credentials.CreateJoinTokenAsync(
        new JoinTokenBody { Service = service }, TestContext.Current.CancellationToken)).Value.Token;

    /// <summary>A workload's files, by a first certificate.</summary>
    public async Task<(SvidFolder Files, WorkloadIdentity Identity)> Join(string service, string folder)
    {
        var files = new SvidFolder(Folder(folder));
        var token = await Token(service);
        var options = new SvidAgentOptions { JoinToken = _ => Task.FromResult<string?>(token) };
        var agent = new SvidAgent(files, Api.Certificates, options, _ => { });
        return (files, await agent.GetAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
