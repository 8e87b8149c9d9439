using Grpc.Core;
using Mesh.Samples.V1;

namespace Mesh.Samples;

/// <summary>Says hello, and which process said it.</summary>
internal sealed class GreeterService(MeshRegistrationOptions self) : Greeter.GreeterBase
{
    private const int MostTimes = 1_000;

    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context) => Task.FromResult(Reply(request));

    public override async Task SayHellos(HelloRequest request, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < Math.Clamp(request.Times, 1, MostTimes); i++)
            await responseStream.WriteAsync(Reply(request), context.CancellationToken);
    }

    private HelloReply Reply(HelloRequest request) => new() { Message = $"Hello {request.Name}", Instance = self.InstanceId };
}
