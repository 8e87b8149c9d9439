using System.Collections.Concurrent;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Proxy.Support;

namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary>Mesh.Proxy, over gRPC on both sides: a client that knows nothing of the mesh but the gateway's address.</summary>
internal sealed class GrpcGatewayDataPlane(RunningGateway gateway) : GatewayDataPlane
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);
    private readonly ConcurrentDictionary<string, GrpcChannel> _channels = new();

    public override Task Forget(string service)
    {
        if (_channels.TryRemove(service, out var channel)) channel.Dispose();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var service in _channels.Keys) await Forget(service);
    }

    protected override async Task<CallResult> Once(CallSpec call)
    {
        var (service, name) = (call.Path[1..call.Path.LastIndexOf('/')], call.Path[(call.Path.LastIndexOf('/') + 1)..]);
        var metadata = new Metadata();
        foreach (var (header, value) in call.Headers) metadata.Add(header, value);
        var options = new CallOptions(metadata, TimeProvider.System.GetUtcNow().UtcDateTime + call.Deadline);
        using var running = _channels.GetOrAdd(call.Service, Channel).CreateCallInvoker()
            .AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, name, Bytes, Bytes), null, options, []);
        var (status, text) = (StatusCode.OK, "");
        try
        {
            await running;
        }
        catch (RpcException failed)
        {
            (status, text) = (failed.StatusCode, failed.Status.Detail);
        }

        var headers = (await running.ResponseHeadersAsync.ContinueWith(static h => h.IsCompletedSuccessfully ? h.Result : [],
            TaskScheduler.Default))
            .Where(h => h.Key.StartsWith("x-", StringComparison.Ordinal) || h.Key == "set-cookie").DistinctBy(h => h.Key)
            .ToDictionary(h => h.Key, h => h.Value);
        return new(Outcomes.OfGrpc((int)status), (int)status, text, headers.GetValueOrDefault(CallResult.ServerHeader, ""), default,
            headers);
    }

    // The authority names the service, the connection goes to the gateway.
    private GrpcChannel Channel(string service) => GrpcChannel.ForAddress($"http://{service}.mesh", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
        DisposeHttpClient = true,
    });
}
