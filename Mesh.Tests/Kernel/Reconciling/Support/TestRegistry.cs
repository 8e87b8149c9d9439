using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Kernel.Reconciling.Registries;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>One call that came in.</summary>
public sealed record SeenCall(string Method, object Request, Metadata Headers)
{
    public string? Header(string name) => Headers.GetValue(name);
}

/// <summary>A Registry without a network: every call goes to a function of the test.</summary>
public sealed class TestRegistry(Func<SeenCall, object> answer) : IRegistryClient
{
    public ConcurrentQueue<SeenCall> Calls { get; } = new();

    public IEnumerable<SeenCall> Of(string method) => Calls.Where(call => call.Method == method);

    public async ValueTask<TReply> CallAsync<TReply>(Func<CallInvoker, CallOptions, AsyncUnaryCall<TReply>> start,
        CancellationToken cancellationToken) =>
        await start(new Invoker(this), new CallOptions(cancellationToken: cancellationToken));

    public static RpcException Away() => new(new Status(StatusCode.Unavailable, "no Registry answers"));

    private sealed class Invoker(TestRegistry registry) : CallInvoker
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host,
            CallOptions options, TRequest request)
        {
            var seen = new SeenCall(method.Name, request, options.Headers ?? []);
            registry.Calls.Enqueue(seen);
            var reply = Task.Run(() => (TResponse)registry.Answer(seen));
            return new AsyncUnaryCall<TResponse>(reply, Task.FromResult<Metadata>([]), () => Status.DefaultSuccess, () => [], () => { });
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host,
            CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();
    }

    private object Answer(SeenCall call) => answer(call);
}
