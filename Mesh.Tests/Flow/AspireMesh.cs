using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Mesh.Tests.Flow;

/// <summary>The whole mesh as AppHost describes it, by Aspire's testing API. Tests that kill parts, or give them settings, take <see cref="WholeMesh"/>.</summary>
public sealed class AspireMesh : MeshAddresses, IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(3);
    private readonly DistributedApplication _app;

    private AspireMesh(DistributedApplication app) => _app = app;

    public override string Registry => Of("registry");

    public override string ControlPlane => Of("controlplane");

    public override string Worker => Of("worker");

    public override string Admin => Of("gateway", "admin");

    public override string Gateway => Of("gateway");

    public static async Task<AspireMesh> StartAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(StartTime);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(limit.Token);
        var mesh = new AspireMesh(await builder.BuildAsync(limit.Token));
        await mesh._app.StartAsync(limit.Token);
        foreach (var host in (string[])["registry", "controlplane", "worker", "gateway"])
            await mesh._app.ResourceNotifications.WaitForResourceHealthyAsync(host, limit.Token);
        return mesh;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private string Of(string resource, string endpoint = "http") => _app.GetEndpoint(resource, endpoint).ToString().TrimEnd('/');
}
