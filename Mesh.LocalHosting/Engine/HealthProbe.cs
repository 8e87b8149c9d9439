using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Engine;

/// <summary>Whether a running resource serves: its HTTP health check if it has one, else that its ports accept connections.</summary>
internal sealed class HealthProbe : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private readonly HttpClient _client = new() { Timeout = Limit };

    public async Task<bool> Passes(IResource resource, CancellationToken cancellationToken)
    {
        if (resource is not IResourceWithEndpoints owner)
            return true;
        if (resource.Annotations.OfType<HttpHealthCheckAnnotation>().ToList() is { Count: > 0 } checks)
        {
            foreach (var check in checks)
            {
                if (!await Answers($"{new EndpointReference(owner, check.EndpointName).Url}{check.Path}", cancellationToken))
                    return false;
            }

            return true;
        }

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (!await Accepts(endpoint.AllocatedPort!.Value, cancellationToken))
                return false;
        }

        return true;
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> Answers(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(url, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<bool> Accepts(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
