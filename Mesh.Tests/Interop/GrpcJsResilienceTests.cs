using Grpc.Core;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Log;
using Mesh.Resilience.State;
using Mesh.Tests.ControlPlane;

namespace Mesh.Tests.Interop;

/// <summary>How gRPC's own client applies the policies that it receives.</summary>
public class GrpcJsResilienceTests
{
    private const int DeadlineExceeded = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task An_instance_that_only_fails_gets_no_more_calls()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var good = await NamedGrpcServer.Start("good");
        await using var bad = await NamedGrpcServer.Start("bad", _ => throw new RpcException(new Status(StatusCode.Internal, "broken")));
        Register(host, good);
        Register(host, bad);
        host.Replica.Append(NewEvent.Of(
            ResilienceStreams.Policy(new("default", "echo"), PolicyKind.OutlierDetection),
            new OutlierDetectionSet("default", "echo",
                new()
                {
                    Consecutive5xx = 3,
                    IntervalMs = 300,
                    BaseEjectionTimeMs = 3_600_000,
                    MaxEjectionTimeMs = 3_600_000,
                    MaxEjectedPercent = 50,
                })));
        await host.Compiled();
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", Pause);
        await client.From(0, calls => calls.Count > 100 && calls.TakeLast(100).All(c => c is { Code: 0, Server: "good" }),
            "only the good instance is called");
        await host.Synced();
    }

    [Fact]
    public async Task A_call_ends_at_the_service_s_timeout()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var slow = await NamedGrpcServer.Start("slow", context => Task.Delay(Timeout.Infinite, context.CancellationToken));
        Register(host, slow);
        host.Replica.Append(NewEvent.Of(
            ResilienceStreams.Policy(new("default", "echo"), PolicyKind.Timeout),
            new TimeoutSet("default", "echo", new() { RequestMs = 300 })));
        await host.Compiled();
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", Pause);

        var calls = await client.From(0, calls => calls.Count >= 3, "calls end");
        Assert.All(calls, call => Assert.Equal(DeadlineExceeded, call.Code));
        Assert.InRange(calls[^1].Milliseconds, 290, 20_000);
        await host.Synced();
    }

    private static void Register(ControlPlaneHarness host, NamedGrpcServer server) =>
        host.Replica.Register("echo", "127.0.0.1", server.Port, protocol: MeshProtocol.Grpc);
}
