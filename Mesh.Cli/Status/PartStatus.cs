using Mesh.Cli.Http;

namespace Mesh.Cli.Status;

/// <summary>Whether one part of the mesh says it is ready.</summary>
internal sealed record PartStatus(string Name, Uri Address, bool Ready, bool IsDegraded, string Detail)
{
    /// <summary>
    /// In a word: <c>ready</c>, <c>degraded</c> (it serves, but something that it uses is unavailable) or <c>not ready</c>.
    /// </summary>
    public string State => !Ready ? "not ready" : IsDegraded ? "degraded" : "ready";

    /// <summary>Asks its <c>/health/ready</c>.</summary>
    public static async Task<PartStatus> AskAsync(MeshConnection mesh, string name, Uri address, CancellationToken cancellation)
    {
        var (ready, isDegraded, detail) = await mesh.ProbeAsync(new Uri(address.AbsoluteUri.TrimEnd('/') + "/health/ready"), cancellation);
        return new(name, address, ready, isDegraded, detail);
    }
}
