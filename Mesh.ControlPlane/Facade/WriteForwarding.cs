using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Mesh.Api.Rpc;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// Passes on to a Registry what a module's service leaves alone (<see cref="IForwardsWrites"/>), whichever module that is. Flow step 1.
/// </summary>
internal sealed class WriteForwarding(RegistryCalls registry) : Interceptor
{
    private readonly ConcurrentDictionary<string, bool> _forwarded = new(StringComparer.Ordinal);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation) =>
        _forwarded.GetOrAdd(context.Method, static (method, context) => IsForwarded(context.GetHttpContext(), typeof(TRequest)), context)
            ? registry.CallAsync(context,
                (invoker, options) => invoker.AsyncUnaryCall(Typed<TRequest, TResponse>.Of(context.Method), null, options, request))
            : continuation(request, context);

    private static bool IsForwarded(HttpContext http, Type request)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } called
            || !called.ServiceType.IsAssignableTo(typeof(IForwardsWrites))) return false;
        return called.ServiceType.GetMethod(called.Method.Name, [request, typeof(ServerCallContext)])?.DeclaringType != called.ServiceType;
    }

    /// <summary>How messages of a method are written and read.</summary>
    private static class Typed<TRequest, TResponse>
        where TRequest : class
        where TResponse : class
    {
        private static readonly Marshaller<TRequest> Request = Marshallers.Create(message => ((IMessage)message).ToByteArray(),
            Parse<TRequest>);
        private static readonly Marshaller<TResponse> Response = Marshallers.Create(message => ((IMessage)message).ToByteArray(),
            Parse<TResponse>);

        public static Method<TRequest, TResponse> Of(string name)
        {
            var slash = name.LastIndexOf('/');
            return new(MethodType.Unary, name[1..slash], name[(slash + 1)..], Request, Response);
        }

        private static T Parse<T>(byte[] bytes)
            where T : class
        {
            var message = (IMessage)Activator.CreateInstance(typeof(T))!;
            message.MergeFrom(bytes);
            return (T)message;
        }
    }
}
