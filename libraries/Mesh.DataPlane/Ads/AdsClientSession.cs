using Grpc.Core;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Connections;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Call = Grpc.Core.AsyncDuplexStreamingCall<Mesh.Xds.Protos.DeltaDiscoveryRequest, Mesh.Xds.Protos.DeltaDiscoveryResponse>;
using ResourceInfo = Mesh.Xds.Protos.Rpc.ResourceInfo;
using RpcStatus = Mesh.Xds.Protos.Rpc.Status;

namespace Mesh.DataPlane.Ads;

/// <summary>
/// One delta-ADS stream from its first request to its end: says what is here already, takes responses in, acknowledges or refuses each, and
/// asks for what they refer to. Flow step 9 (the other side of step 7).
/// </summary>
internal sealed class AdsClientSession(AggregatedDiscoveryService.AggregatedDiscoveryServiceClient client, ConfigState state,
    AdsOptions options)
{
    private const string Everything = "*";

    // More than these are refused as a response.
    private const int MostNamed = 1000;

    private readonly HashSet<XdsType> _asked = [];
    private readonly SemaphoreSlim _writing = new(1);
    private bool _introduced;

    /// <summary>Responses taken in on this stream.</summary>
    public int Responses { get; private set; }

    /// <summary>The newest state seen, in the control plane's words; empty to take whatever there is.</summary>
    public required string Seen { get; init; }

    /// <summary>Whether the control plane has to send what is here already, too.</summary>
    public bool Reloads { get; init; }

    /// <summary>
    /// Called when the control plane has given its first answer: it always gives one to the names that a stream begins with.
    /// </summary>
    public required Action Opened { get; init; }

    /// <summary>Called for each response, with its faults.</summary>
    public required Action<DeltaDiscoveryResponse, IReadOnlyList<string>> Received { get; init; }

    /// <summary>Runs until the stream ends.</summary>
    /// <exception cref="RpcException">The stream broke, or did not come about.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var call = client.DeltaAggregatedResources(cancellationToken: cancellationToken);
        foreach (var type in state.Types)
            await BeginAsync(call, type, cancellationToken).ConfigureAwait(false);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = AskOnDemandAsync(call, ending.Token);
        try
        {
            await TakeInAsync(call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }
    }

    private async Task TakeInAsync(Call call, CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            // Where sockets run their readers themselves, a large response must not keep their other connections waiting.
            await Task.Yield();
            var response = call.ResponseStream.Current;
            if (Responses++ == 0)
                Opened();
            var faults = Apply(response, out var refused);
            Received(response, faults);
            await WriteAsync(async () =>
            {
                await SendAsync(call, Answer(response, faults, refused), cancellationToken).ConfigureAwait(false);
                foreach (var type in state.Types)
                    await AskForMoreAsync(call, type, cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<string> Apply(DeltaDiscoveryResponse response, out IReadOnlyList<string> refused)
    {
        using var span = AdsTracing.Apply(response);
        var faults = state.Apply(response, out refused);
        span?.SetTag("mesh.faults", faults.Count);
        return faults;
    }

    /// <summary>Asks for services and endpoints that requests are for, between the responses.</summary>
    private async Task AskOnDemandAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var next = state.NextAsked;
                await WriteAsync(async () =>
                {
                    foreach (var type in state.TypesAskedByRequests)
                        await AskForMoreAsync(call, type, cancellationToken).ConfigureAwait(false);
                }, cancellationToken).ConfigureAwait(false);
                await next.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException)
        {
            // The stream has ended; whoever reads from it says why.
        }
    }

    /// <summary>A stream takes one message at a time.</summary>
    private async Task WriteAsync(Func<Task> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await write().ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static DeltaDiscoveryRequest Answer(DeltaDiscoveryResponse response, IReadOnlyList<string> faults,
        IReadOnlyList<string> refused)
    {
        var answer = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (faults.Count == 0)
            return answer;
        answer.ErrorDetail = new RpcStatus { Code = (int)StatusCode.InvalidArgument, Message = string.Join("; ", faults) };
        // Which resources these are: the message is for people.
        foreach (var name in refused.Count <= MostNamed ? refused : [])
            answer.ErrorDetail.Details.Add(
                CanonicalProtobuf.Pack(new ResourceInfo { ResourceType = response.TypeUrl, ResourceName = name }));
        return answer;
    }

    private async Task BeginAsync(Call call, XdsType type, CancellationToken cancellationToken)
    {
        var names = state.SubscribedNames(type);
        if (type == XdsTypes.Listener)
            names = [.. options.Upstreams.Union(names, StringComparer.Ordinal)];
        else if (type == XdsTypes.Cluster && options.Wildcard)
            names = [Everything];
        if (names.Count == 0)
            return;

        _asked.Add(type);
        await SendAsync(call, new DeltaDiscoveryRequest
        {
            TypeUrl = type.Url,
            ResourceNamesSubscribe = { names },
            // A name without its version: so the control plane sends the resource, and still says which of them are gone.
            InitialResourceVersions = {
                state.Versions(type).ToDictionary(held => held.Key, held => Reloads ? "" : held.Value, StringComparer.Ordinal) },
        }, cancellationToken).ConfigureAwait(false);
    }

    private async Task AskForMoreAsync(Call call, XdsType type, CancellationToken cancellationToken)
    {
        var (begun, ended) = state.SubscriptionChanges(type);
        // A type that was never asked for has nothing to end.
        if (begun.Count == 0 && (ended.Count == 0 || !_asked.Contains(type)))
            return;

        _asked.Add(type);
        await SendAsync(call, new DeltaDiscoveryRequest
        {
            TypeUrl = type.Url,
            ResourceNamesSubscribe = { begun },
            ResourceNamesUnsubscribe = { ended },
        }, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(Call call, DeltaDiscoveryRequest request, CancellationToken cancellationToken)
    {
        if (!_introduced)
            request.Node = AdsNode.Of(options, Seen, Seen.Length == 0 ? "" : state.SeenLog);
        _introduced = true;
        await call.WriteAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
