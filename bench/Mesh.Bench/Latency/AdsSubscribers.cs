using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Bench.Latency;

/// <summary>Many delta ADS streams, each subscribed to the endpoints of its share of the services, acknowledging like a proxy.</summary>
internal sealed class AdsSubscribers(string controlPlane, Arrivals arrivals) : IAsyncDisposable
{
    private static readonly string EndpointsUrl = XdsTypes.ClusterLoadAssignment.Url;
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(controlPlane,
        new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 20 });
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _streams = [];

    /// <summary>Opens the streams and waits until each has its first endpoints.</summary>
    public async Task OpenAsync(int streams, IReadOnlyList<string> services)
    {
        var first = new List<Task>();
        for (var i = 0; i < streams; i++)
        {
            var ready = new TaskCompletionSource();
            first.Add(ready.Task);
            _streams.Add(RunAsync($"bench-{i}", [.. services.Where((_, index) => index % streams == i)], ready));
        }

        await Task.WhenAll(first).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var stream in _streams)
        {
            try
            {
                await stream;
            }
            catch (Exception exception) when (exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
            {
                // Ended by us.
            }
        }

        _channel.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(string node, string[] names, TaskCompletionSource ready)
    {
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_channel).DeltaAggregatedResources(
            cancellationToken: _stop.Token);
        var open = new DeltaDiscoveryRequest
        {
            TypeUrl = EndpointsUrl,
            Node = new Node { Id = node, Metadata = new Struct { Fields = { ["mesh.flavour"] = Value.ForString("mesh") } } },
        };
        open.ResourceNamesSubscribe.AddRange(names);
        await call.RequestStream.WriteAsync(open, _stop.Token);
        var missing = names.Length;
        await foreach (var response in call.ResponseStream.ReadAllAsync(_stop.Token))
        {
            foreach (var resource in response.Resources)
            {
                var weight = ClusterLoadAssignment.Parser.ParseFrom(resource.Resource_.Value).Endpoints
                    .SelectMany(locality => locality.LbEndpoints).Max(endpoint => endpoint.LoadBalancingWeight ?? 0);
                arrivals.Arrived(resource.Name, weight);
            }

            await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = EndpointsUrl, ResponseNonce = response.Nonce },
                _stop.Token);
            if ((missing -= response.Resources.Count) <= 0) ready.TrySetResult();
        }
    }
}
