using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Mesh.Xds.Protos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Tests.ControlPlane;

/// <summary>Counts what a control plane sends, stream by stream, as it goes onto the wire.</summary>
internal sealed class SentResources : Interceptor
{
    private readonly ConcurrentQueue<SentOnStream> _streams = new();

    /// <summary>Every ADS stream so far, in the order in which they began.</summary>
    public IReadOnlyList<SentOnStream> Streams => [.. _streams];

    /// <summary>Lets it listen to a control plane that is being built.</summary>
    public void Watch(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<SentResources>());
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (typeof(TResponse) != typeof(DeltaDiscoveryResponse) && typeof(TResponse) != typeof(DiscoveryResponse))
            return continuation(requestStream, responseStream, context);
        var stream = new SentOnStream();
        _streams.Enqueue(stream);
        return continuation(requestStream, new Counting<TResponse>(responseStream, stream), context);
    }

    private sealed class Counting<T>(IServerStreamWriter<T> inner, SentOnStream stream) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            stream.Take(message);
            return inner.WriteAsync(message, cancellationToken);
        }
    }
}

/// <summary>What one stream has carried.</summary>
internal sealed class SentOnStream
{
    private readonly ConcurrentQueue<string> _names = new();
    private readonly ConcurrentDictionary<string, bool> _types = new();
    private int _resources, _removed;

    /// <summary>Resources that were sent; one that was sent twice counts twice.</summary>
    public int Resources => Volatile.Read(ref _resources);

    /// <summary>Names that were said to be gone.</summary>
    public int Removed => Volatile.Read(ref _removed);

    /// <summary>Types that were answered.</summary>
    public int Types => _types.Count;

    /// <summary>Names of the resources, of a delta stream only.</summary>
    public IReadOnlyList<string> Names => [.. _names];

    public void Take<T>(T message)
    {
        switch (message)
        {
            case DeltaDiscoveryResponse delta:
                foreach (var resource in delta.Resources) _names.Enqueue(resource.Name);
                Interlocked.Add(ref _resources, delta.Resources.Count);
                Interlocked.Add(ref _removed, delta.RemovedResources.Count);
                _types.TryAdd(delta.TypeUrl, true);
                break;
            case DiscoveryResponse whole:
                Interlocked.Add(ref _resources, whole.Resources.Count);
                _types.TryAdd(whole.TypeUrl, true);
                break;
        }
    }
}
