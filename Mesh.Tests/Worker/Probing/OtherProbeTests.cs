using Grpc.Core;
using Grpc.Health.V1;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Worker.Probing;

public class OtherProbeTests
{
    private readonly Prober _prober = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tcp_check_passes_where_a_connection_is_accepted()
    {
        await using var target = new TestTarget((_, cancel) => Task.Delay(Timeout.Infinite, cancel));
        Assert.Equal(ProbeResult.Pass, await _prober.ProbeAsync(target.Check(HealthCheckKind.Tcp), Cancel));
        Assert.Equal(ProbeResult.Fail("connection refused"),
            await _prober.ProbeAsync(TestTarget.At(FreePort.Next(), HealthCheckKind.Tcp), Cancel));
    }

    [Fact]
    public async Task A_grpc_check_passes_where_the_health_service_says_serving()
    {
        await using var server = await StartAsync();
        var port = new Uri(server.Urls.First()).Port;
        Assert.Equal(ProbeResult.Pass, await _prober.ProbeAsync(TestTarget.At(port, HealthCheckKind.Grpc), Cancel));
        Assert.Equal(ProbeResult.Fail("gRPC health NotServing"),
            await _prober.ProbeAsync(TestTarget.At(port, HealthCheckKind.Grpc, "down"), Cancel));
        Assert.Equal(ProbeResult.Fail("the server does not know the service 'no-such'"),
            await _prober.ProbeAsync(TestTarget.At(port, HealthCheckKind.Grpc, "no-such"), Cancel));
        Assert.Equal(ProbeResult.Fail("no answer within 300 ms"),
            await _prober.ProbeAsync(TestTarget.At(port, HealthCheckKind.Grpc, "hangs", 300), Cancel));
    }

    [Fact]
    public async Task A_server_that_speaks_no_grpc_fails_a_grpc_check()
    {
        await using var http = new TestTarget(TestTarget.Answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
        Assert.Equal(ProbeOutcome.Fail, (await _prober.ProbeAsync(http.Check(HealthCheckKind.Grpc), Cancel)).Outcome);
        await using var silent = new TestTarget((_, cancel) => Task.Delay(Timeout.Infinite, cancel));
        Assert.Equal(ProbeResult.Fail("no answer within 300 ms"),
            await _prober.ProbeAsync(silent.Check(HealthCheckKind.Grpc, timeoutMs: 300), Cancel));
        await Eventually.True(() => http.Accepted > 0 && silent.Accepted > 0, TimeSpan.FromSeconds(60), "both were asked");
    }

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0")
            .ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<TestHealth>();
        await app.StartAsync(Cancel);
        return app;
    }

    private sealed class TestHealth : Health.HealthBase
    {
        public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        {
            switch (request.Service)
            {
                case "": return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
                case "down": return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing };
                case "hangs":
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                    break;
            }

            throw new RpcException(new Status(StatusCode.NotFound, "unknown"));
        }
    }
}
