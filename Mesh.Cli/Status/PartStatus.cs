using Mesh.Cli.Http;

namespace Mesh.Cli.Status;

/// <summary>Whether one part of the mesh says it is ready.</summary>
internal sealed record PartStatus(string Name, Uri Address, bool Ready, string Detail)
{
    /// <summary>Asks its <c>/health/ready</c>.</summary>
    public static async Task<PartStatus> AskAsync(MeshClient client, string name, Uri address, CancellationToken cancellation)
    {
        var (ready, detail) = await client.ProbeAsync(Query.At(address, "/health/ready"), cancellation);
        return new(name, address, ready, detail);
    }
}
