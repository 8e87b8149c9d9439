using Grpc.Net.Client;

namespace Mesh.Bench.Registrations;

/// <summary>Four connections, so that no side is held back by one.</summary>
internal sealed class ChannelSet(string url) : IDisposable
{
    private readonly GrpcChannel[] _channels = [.. Enumerable.Range(0, 4).Select(_ => GrpcChannel.ForAddress(url, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null },
        DisposeHttpClient = true,
    }))];

    public T[] Each<T>(Func<GrpcChannel, T> make) => [.. _channels.Select(make)];

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }
}
