using System.Collections.Concurrent;

namespace Mesh.Tests.ApiClient;

/// <summary>Keeps the method and the path of each request that goes out.</summary>
internal sealed class RecordingHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly ConcurrentQueue<(string Method, string Path)> _requests = new();

    public IReadOnlyCollection<(string Method, string Path)> Requests => _requests;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _requests.Enqueue((request.Method.Method, request.RequestUri!.AbsolutePath));
        return base.SendAsync(request, cancellationToken);
    }
}
