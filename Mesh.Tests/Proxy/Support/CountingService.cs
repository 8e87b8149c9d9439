using System.Text;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A gRPC service with one method of each of the four kinds, over texts; each ends with a trailer <c>x-end</c>.</summary>
internal sealed class CountingService
{
    private const string Name = "mesh.tests.Counting";
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    public static readonly Method<string, string> Unary = new(MethodType.Unary, Name, "Unary", Text, Text);
    public static readonly Method<string, string> Up = new(MethodType.ClientStreaming, Name, "Up", Text, Text);
    public static readonly Method<string, string> Down = new(MethodType.ServerStreaming, Name, "Down", Text, Text);
    public static readonly Method<string, string> Both = new(MethodType.DuplexStreaming, Name, "Both", Text, Text);

    public static void Build(WebApplicationBuilder builder)
    {
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IServiceMethodProvider<CountingService>, Methods>();
    }

    public static void Map(WebApplication app) => ((IEndpointRouteBuilder)app).MapGrpcService<CountingService>();

    private static void End(ServerCallContext context) => context.ResponseTrailers.Add("x-end", "yes");

    private sealed class Methods : IServiceMethodProvider<CountingService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<CountingService> context)
        {
            context.AddUnaryMethod(Unary, [], (_, request, call) =>
            {
                End(call);
                return request == "fail"
                    ? throw new RpcException(new Status(StatusCode.FailedPrecondition, "as asked"))
                    : Task.FromResult($"{request}!");
            });
            context.AddClientStreamingMethod(Up, [], async (_, requests, call) =>
            {
                var count = 0;
                while (await requests.MoveNext(call.CancellationToken))
                    count++;
                End(call);
                return $"{count}";
            });
            context.AddServerStreamingMethod(Down, [], async (_, request, responses, call) =>
            {
                for (var i = 0; i < int.Parse(request); i++)
                    await responses.WriteAsync($"{i}", call.CancellationToken);
                End(call);
            });
            context.AddDuplexStreamingMethod(Both, [], async (_, requests, responses, call) =>
            {
                await foreach (var request in requests.ReadAllAsync(call.CancellationToken))
                    await responses.WriteAsync($"{request}!", call.CancellationToken);
                End(call);
            });
        }
    }
}
