using Grpc.Core;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Loads;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Interop;

/// <summary>What gRPC's own client reports of its calls.</summary>
public sealed class GrpcJsLoadTests(RedisProgram redis) : IClassFixture<RedisProgram>
{
    private const int Calls = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Grpcs_own_client_reports_every_call_and_every_failure_into_the_windows()
    {
        await redis.Start();
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString, ["Mesh:ControlPlane:LoadReportInterval"] = "00:00:00.3",
        });
        var call = 0;
        // Every fourth call fails, and from the two hundred and first on none ends, so that the count is exact.
        await using var server = await NamedGrpcServer.Start("one", context => Interlocked.Increment(ref call) switch
        {
            > Calls => Task.Delay(Timeout.Infinite, context.CancellationToken),
            var one when one % 4 == 0 => throw new RpcException(new Status(StatusCode.Internal, "broken")),
            _ => Task.CompletedTask,
        });
        host.Replica.Register("echo", "127.0.0.1", server.Port, protocol: MeshProtocol.Grpc);
        await host.Compiled();
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", TimeSpan.FromMilliseconds(2));
        await client.From(0, calls => calls.Count == Calls, "two hundred calls have ended");

        var windows = host.Services.GetRequiredService<ILoadWindows>();
        await Eventually.Succeeds(
            async () => Assert.Equal(new LoadWindow { Succeeded = Calls * 3 / 4, Failed = Calls / 4 },
                await windows.ReadAsync("echo", DateTimeOffset.UnixEpoch, Token)),
            TimeSpan.FromSeconds(60), "the windows show every call");
        Assert.Null((await windows.ReadAsync("echo", DateTimeOffset.UnixEpoch, Token))!.MeanMilliseconds);
    }
}
