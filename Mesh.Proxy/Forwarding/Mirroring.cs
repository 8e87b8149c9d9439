using System.Net;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Sends copies of requests to other clusters and throws their answers away. The request itself never waits for one: a copy of a request with a body
/// is sent when that has been answered, and where too many copies are under way there is none. Flow step 9.
/// </summary>
internal sealed class Mirroring(ClusterTransports transports, ConfigState config, GatewayMetrics metrics, IOptions<GatewayOptions> options, TimeProvider time)
{
    private const string Mark = "X-Mesh-Mirror";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private readonly UpstreamVersions _versions = new(options.Value.IdleTimeout);
    private readonly int _most = options.Value.MaxMirrors;
    private int _underWay;

    /// <summary>Draws who gets a copy. Those of a request without a body are sent at once; the others are returned for <see cref="Send"/>.</summary>
    public async ValueTask<List<Copy>?> Begin(HttpContext context, Exchange exchange, bool hasBody)
    {
        var copies = default(List<Copy>);
        if (!Hops.Of(context).AllowCopies)
        {
            metrics.Mirrored(exchange.Listener.Name, "skipped");
            return null;
        }

        foreach (var mirror in exchange.Action!.Mirrors)
        {
            if (!FaultPolicy.Hits(mirror.Share, Random.Shared) || await Prepare(context, exchange, mirror.Cluster, hasBody) is not { } copy)
                continue;
            if (hasBody)
                (copies ??= []).Add(copy);
            else
                _ = Run(copy, exchange.Listener.Name);
        }

        return copies;
    }

    /// <summary>Sends the copies with the body as it was read; without it there is nothing to send.</summary>
    public void Send(List<Copy> copies, ReadOnlyMemory<byte>? body, string service)
    {
        foreach (var copy in copies)
        {
            if (body is not { } whole)
            {
                metrics.Mirrored(service, "skipped");
                copy.Dispose();
                continue;
            }

            ((Captured)copy.Request.Content!).Body = whole;
            _ = Run(copy, service);
        }
    }

    private async ValueTask<Copy?> Prepare(HttpContext context, Exchange exchange, string name, bool hasBody)
    {
        var now = time.GetTimestamp();
        if (config.Snapshot.Clusters.Find(name) is not { } cluster
            || cluster.PickerAt(now).Pick([], now, exchange.HashFor(cluster)) is not { Protocol: not UpstreamProtocol.Tcp } endpoint)
        {
            metrics.Mirrored(exchange.Listener.Name, "skipped");
            return null;
        }

        var version = _versions.For(context.Request, endpoint.Protocol);
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), endpoint.BaseUri)
        {
            Version = version.Version ?? HttpVersion.Version11,
            VersionPolicy = version.VersionPolicy ?? HttpVersionPolicy.RequestVersionExact,
            Content = hasBody ? new Captured() : null,
        };
        // Completes at once: it only copies headers, and while the request still has them.
        await exchange.CopyFor(endpoint).TransformRequestAsync(context, request, endpoint.BaseUri, CancellationToken.None);
        request.Headers.TryAddWithoutValidation(Mark, "true");
        if (UpstreamGate.FaultOf(request) is not null)
        {
            request.Dispose();
            metrics.Mirrored(exchange.Listener.Name, "skipped");
            return null;
        }

        return new Copy(cluster, endpoint, request, exchange.Action!.Timeout is { } timeout && timeout < Longest ? timeout : Longest);
    }

    private async Task Run(Copy copy, string service)
    {
        // What the caller is doing goes on; the copy is nobody's child.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var disposed = copy;
        var breakers = copy.Cluster.Config.Breakers;
        if (Interlocked.Increment(ref _underWay) > _most
            || (breakers is not null && await copy.Cluster.State.Gate.Enter(breakers, false, CancellationToken.None) != Overflow.None))
        {
            Interlocked.Decrement(ref _underWay);
            metrics.Mirrored(service, "skipped");
            return;
        }

        copy.Endpoint.State.Begin();
        copy.Endpoint.Tally.Begin();
        var sent = time.GetTimestamp();
        var (outcome, isLoop) = (AttemptOutcome.GatewayFailure, false);
        try
        {
            using var deadline = new CancellationTokenSource(copy.Timeout, time);
            using var response = await transports.Of(copy.Cluster).SendAsync(copy.Request, deadline.Token);
            await response.Content.CopyToAsync(Stream.Null, deadline.Token);
            isLoop = (int)response.StatusCode == StatusCodes.Status508LoopDetected;
            outcome = Exchange.Judge((int)response.StatusCode, Exchange.GrpcOf(response.Headers) ?? Exchange.GrpcOf(response.TrailingHeaders));
            metrics.Mirrored(service, "sent");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            metrics.Mirrored(service, "failed");
        }
        finally
        {
            copy.Endpoint.State.End();
            copy.Endpoint.Tally.End(isLoop ? LoadOutcome.Abandoned : outcome == AttemptOutcome.Success ? LoadOutcome.Succeeded : LoadOutcome.Failed, time.GetTimestamp() - sent);
            if (breakers is not null)
                copy.Cluster.State.Gate.Leave(breakers);
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>A copy that is ready to be sent.</summary>
    internal sealed record Copy(ClusterSnapshot Cluster, EndpointSnapshot Endpoint, HttpRequestMessage Request, TimeSpan Timeout) : IDisposable
    {
        public void Dispose() => Request.Dispose();
    }

    /// <summary>A body that is there only when it is sent.</summary>
    private sealed class Captured : HttpContent
    {
        public ReadOnlyMemory<byte> Body { get; set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(Body).AsTask();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            stream.WriteAsync(Body, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = Body.Length;
            return true;
        }
    }
}
