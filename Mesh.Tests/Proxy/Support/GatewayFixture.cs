using Mesh.Tests.DataPlane.Support;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A gateway and its control plane for all tests of a class; each test uses services of its own.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    public TestControlPlane ControlPlane { get; private set; } = null!;

    public RunningGateway Gateway { get; private set; } = null!;

    public HttpClient Http => Gateway.Http;

    public async ValueTask InitializeAsync()
    {
        ControlPlane = await TestControlPlane.Start();
        Gateway = await RunningGateway.Start(ControlPlane.Address);
    }

    /// <summary>Registers a service and waits until the gateway can reach it.</summary>
    public async Task Serve(string service, string protocol, params (int Port, int Weight)[] endpoints)
    {
        ControlPlane.Serve(service, protocol, endpoints);
        await Gateway.KnowsPorts(service, [.. endpoints.Select(e => e.Port)]);
    }

    public Task Serve(string service, TestUpstream upstream, string protocol = "http") => Serve(service, protocol, (upstream.Port, 1));

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await ControlPlane.DisposeAsync();
    }
}
