using System.Net.Sockets;
using Grpc.Net.Client;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A gRPC channel whose authority names a service while the connection goes to a proxy.</summary>
internal static class GrpcThrough
{
    public static GrpcChannel Host(string host, Uri proxy) => GrpcChannel.ForAddress($"http://{host}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync("127.0.0.1", proxy.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
        DisposeHttpClient = true,
    });
}
