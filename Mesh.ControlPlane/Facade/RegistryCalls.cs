using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Kernel.Replication;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// Passes a call of <c>cdaprod.mesh.v1</c> on to a Registry as it is: request metadata, deadline and cancellation there; answer, status and
/// trailers (so the problem details) back. A Registry that is unavailable is passed over for the next; one that broke off may have acted, so that only a
/// call that may be repeated goes on. Flow step 1.
/// </summary>
internal sealed class RegistryCalls(ReplicaOptions options) : IDisposable
{
    private static readonly string[] NotForwarded = ["user-agent", "host", "te", "content-type", "traceparent", "tracestate", "baggage"];
    private readonly (Uri Address, Lazy<GrpcChannel> Channel)[] _registries =
        [.. options.Registries.Select(address => (address, new Lazy<GrpcChannel>(() => Open(address))))];

    /// <summary>One call with one answer.</summary>
    public async Task<TAnswer> Call<TAnswer>(ServerCallContext context, Func<CallInvoker, CallOptions, AsyncUnaryCall<TAnswer>> call)
    {
        var answer = await OnOne(context, async invoker =>
        {
            using var running = call(invoker, Options(context));
            return (Answer: await running.ResponseAsync, Headers: await running.ResponseHeadersAsync, Trailers: running.GetTrailers());
        });
        var headers = Forwarded(answer.Headers);
        if (headers.Count > 0) await context.WriteResponseHeadersAsync(headers);
        foreach (var trailer in Forwarded(answer.Trailers)) context.ResponseTrailers.Add(trailer);
        return answer.Answer;
    }

    public void Dispose()
    {
        foreach (var (_, channel) in _registries)
        {
            if (channel.IsValueCreated) channel.Value.Dispose();
        }
    }

    private async Task<T> OnOne<T>(ServerCallContext context, Func<CallInvoker, Task<T>> call)
    {
        var repeatable = context.RequestHeaders.Get("idempotency-key") is not null;
        RpcException? away = null;
        foreach (var (address, channel) in _registries)
        {
            try
            {
                return await call(channel.Value.CreateCallInvoker());
            }
            catch (RpcException exception) when (exception.Status.DebugException is { } why && NeverConnected(why) && !context.CancellationToken.IsCancellationRequested)
            {
                away = new RpcException(new Status(StatusCode.Unavailable, $"The Registry at {address} cannot be reached: {exception.Status.Detail}"));
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable && exception.Status.DebugException is not null)
            {
                if (!repeatable)
                {
                    throw new RpcException(new Status(StatusCode.Unavailable,
                        $"The Registry at {address} broke off, and whether it acted cannot be known; with an idempotency-key the call can be repeated: {exception.Status.Detail}"));
                }

                away = new RpcException(new Status(StatusCode.Unavailable, $"The Registry at {address} cannot be reached: {exception.Status.Detail}"));
            }
            catch (RpcException exception)
            {
                throw new RpcException(new Status(exception.StatusCode, exception.Status.Detail), Forwarded(exception.Trailers));
            }
        }

        throw away ?? new RpcException(new Status(StatusCode.Unavailable, "No Registry is configured (services__registry__http__0)."));
    }

    // The channel connects by itself and says why it could not; the rest is the handler's way of saying so. Where a connection breaks under a
    // call, the same lies within an error of reading or writing.
    private static bool NeverConnected(Exception why) => why is SocketException or TimeoutException
        or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        or OperationCanceledException { InnerException: TimeoutException };

    private static CallOptions Options(ServerCallContext context) =>
        new(Forwarded(context.RequestHeaders), context.Deadline == DateTime.MaxValue ? null : context.Deadline, context.CancellationToken);

    private static Metadata Forwarded(Metadata metadata)
    {
        var forwarded = new Metadata();
        foreach (var entry in metadata)
        {
            if (!entry.Key.StartsWith("grpc-", StringComparison.Ordinal) && !entry.Key.StartsWith(':') && !NotForwarded.Contains(entry.Key)) forwarded.Add(entry);
        }

        return forwarded;
    }

    private static GrpcChannel Open(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, ConnectTimeout = TimeSpan.FromSeconds(2) },
        DisposeHttpClient = true,
    });
}
