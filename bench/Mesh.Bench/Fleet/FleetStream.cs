using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Bench.Fleet;

/// <summary>One data plane of the fleet: a connection of its own with one delta ADS stream, which acknowledges whatever comes.</summary>
internal sealed class FleetStream : IAsyncDisposable
{
    private static readonly Method<byte[], PushedResponse> Delta = new(
        MethodType.DuplexStreaming, "envoy.service.discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources",
        Marshallers.Create(bytes => bytes, bytes => bytes),
        Marshallers.Create((_, _) => throw new NotSupportedException(),
            context => PushedResponse.Read(context.PayloadAsReadOnlySequence())));

    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<int, long> _acknowledged = (_, _) => { };
    private Task _running = Task.CompletedTask;

    public FleetStream(string controlPlane, ByteCount bytes)
    {
        _handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new CountedStream(socket, bytes);
            },
        };
        _channel = GrpcChannel.ForAddress(controlPlane,
            new GrpcChannelOptions { HttpHandler = _handler, MaxReceiveMessageSize = 64 << 20 });
    }

    /// <summary>
    /// Ends when the stream has had as many resources of each type as it expects; a stream that breaks fails it.
    /// </summary>
    public Task Complete => _complete.Task;

    /// <summary>Opens the stream.</summary>
    /// <param name="node">Its node id.</param>
    /// <param name="types">What it subscribes to.</param>
    /// <param name="services">The services, all of which are its upstreams; endpoints and routes are subscribed to by name.</param>
    public void Open(string node, IReadOnlyList<XdsType> types, IReadOnlyList<string> services) =>
        _running = RunAsync(node, types, services);

    /// <summary>Is told of each acknowledged response: how many resources it held and when its answer was written.</summary>
    public void OnAcknowledged(Action<int, long> told) => Volatile.Write(ref _acknowledged, told);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _channel.Dispose();
        _handler.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(string node, IReadOnlyList<XdsType> types, IReadOnlyList<string> services)
    {
        try
        {
            using var call = _channel.CreateCallInvoker()
                .AsyncDuplexStreamingCall(Delta, null, new CallOptions(cancellationToken: _stop.Token));
            var identity = new Node
            {
                Id = node,
                Metadata = new Struct
                {
                    Fields = { ["mesh.flavour"] = Value.ForString("mesh"), ["mesh.upstreams"] = Value.ForString("*") },
                },
            };
            foreach (var type in types)
            {
                var request = new DeltaDiscoveryRequest { TypeUrl = type.Url, Node = type == types[0] ? identity : null };
                if (!type.IsFullState) request.ResourceNamesSubscribe.AddRange(services);
                await call.RequestStream.WriteAsync(request.ToByteArray(), _stop.Token);
            }

            var missing = types.ToDictionary(type => type.Url, _ => services.Count, StringComparer.Ordinal);
            await foreach (var response in call.ResponseStream.ReadAllAsync(_stop.Token))
            {
                await call.RequestStream.WriteAsync(
                    new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce }.ToByteArray(), _stop.Token);
                Volatile.Read(ref _acknowledged)(response.Resources, Stopwatch.GetTimestamp());
                missing[response.TypeUrl] -= response.Resources;
                if (missing.Values.All(count => count <= 0)) _complete.TrySetResult();
            }

            _complete.TrySetException(new InvalidOperationException($"The control plane ended the stream of {node}."));
        }
        catch (Exception exception)
            when (_stop.IsCancellationRequested
                && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            // Ended by us.
        }
        catch (RpcException exception)
        {
            _complete.TrySetException(exception);
        }
    }
}
