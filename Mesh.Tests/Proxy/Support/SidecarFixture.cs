using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// A sidecar of the service <c>web</c> and its control plane for all tests of a class; each test uses services of its own.
/// </summary>
public sealed class SidecarFixture : IAsyncLifetime
{
    public TestControlPlane ControlPlane { get; private set; } = null!;

    public RunningGateway Sidecar { get; private set; } = null!;

    /// <summary>The port for the service <c>bytes</c>.</summary>
    public int TcpPort { get; } = FreePort.Next();

    /// <summary>A client that has the sidecar as its HTTP proxy.</summary>
    public HttpClient Http { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ControlPlane = await TestControlPlane.Start();
        Sidecar = await RunningGateway.Start(
            ControlPlane.Address, null, "--Mesh:Sidecar:Service=web", "--Mesh:Gateway:DebugHeaders=true", "--Mesh:Sidecar:WaitFor=00:00:10",
            $"--Mesh:Tcp:Listen={TcpPort}=bytes");
        Http = Through(Sidecar);
    }

    /// <summary>A client that has a proxy as its HTTP proxy.</summary>
    public static HttpClient Through(RunningGateway sidecar) => new(new SocketsHttpHandler
    {
        Proxy = new System.Net.WebProxy(sidecar.Address), UseProxy = true, UseCookies = false, AllowAutoRedirect = false,
    });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Sidecar.DisposeAsync();
        await ControlPlane.DisposeAsync();
    }
}
