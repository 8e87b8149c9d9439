using Grpc.Core;
using Mesh.Messaging.Registries;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// Passes a call of <c>cdaprod.mesh.v1</c> on to a Registry as it is: request metadata, deadline and cancellation there; answer, status and
/// trailers (so the problem details) back. A Registry that is unavailable is passed over for the next; one that broke off may have acted,
/// so that only a call that may be repeated goes on. Flow step 1.
/// </summary>
internal sealed class RegistryCalls(RegistryChannels registries)
{
    private static readonly string[] NotForwarded = ["user-agent", "host", "te", "content-type", "traceparent", "tracestate", "baggage"];

    /// <summary>One call with one answer.</summary>
    public async Task<TAnswer> CallAsync<TAnswer>(ServerCallContext context, Func<CallInvoker, CallOptions, AsyncUnaryCall<TAnswer>> call)
    {
        var repeatable = context.RequestHeaders.Get("idempotency-key") is not null;
        var answer = await registries.CallAsync(
            async registry =>
            {
                try
                {
                    using var running = call(registry.Invoker, Options(context));
                    return (Answer: await running.ResponseAsync, Headers: await running.ResponseHeadersAsync,
                        Trailers: running.GetTrailers());
                }
                catch (RpcException exception)
                {
                    throw Told(exception, registry.Address, repeatable, context.CancellationToken);
                }
            },
            failure => MayGoOn(RegistryChannels.ReachOf(failure), repeatable));
        var headers = Forwarded(answer.Headers);
        if (headers.Count > 0) await context.WriteResponseHeadersAsync(headers);
        foreach (var trailer in Forwarded(answer.Trailers)) context.ResponseTrailers.Add(trailer);
        return answer.Answer;
    }

    private static bool MayGoOn(RegistryReach reach, bool repeatable) =>
        reach == RegistryReach.NotReached || (reach == RegistryReach.BrokeOff && repeatable);

    // What the caller is told of a failure. Its cause goes along where the Registry has not answered, since it says whether another one may
    // be asked.
    private static RpcException Told(RpcException failure, Uri registry, bool repeatable, CancellationToken cancellationToken)
    {
        var reach = RegistryChannels.ReachOf(failure);
        if (reach == RegistryReach.Answered || cancellationToken.IsCancellationRequested)
            return new RpcException(new Status(failure.StatusCode, failure.Status.Detail), Forwarded(failure.Trailers));
        var detail = MayGoOn(reach, repeatable)
            ? $"The Registry at {registry} cannot be reached: {failure.Status.Detail}"
            : $"The Registry at {registry} broke off, and whether it acted cannot be known; with an idempotency-key the call can be "
                + $"repeated: {failure.Status.Detail}";
        return new RpcException(new Status(StatusCode.Unavailable, detail, failure.Status.DebugException));
    }

    private static CallOptions Options(ServerCallContext context) =>
        new(Forwarded(context.RequestHeaders), context.Deadline == DateTime.MaxValue ? null : context.Deadline, context.CancellationToken);

    private static Metadata Forwarded(Metadata metadata)
    {
        var forwarded = new Metadata();
        foreach (var entry in metadata)
        {
            if (!entry.Key.StartsWith("grpc-", StringComparison.Ordinal) && !entry.Key.StartsWith(':') && !NotForwarded.Contains(entry.Key))
                forwarded.Add(entry);
        }

        return forwarded;
    }
}
