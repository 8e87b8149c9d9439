using System.Net.Security;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Mesh.DataPlane.Transport;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// Asks <c>grpc.health.v1.Health/Check</c> over HTTP/2: SERVING passes, all else fails. Answers over 16 KiB are refused.
/// </summary>
internal sealed class GrpcProbe(IClientIdentity? identity) : IProbe
{
    private const int MaxAnswer = 16 * 1024;

    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress($"{target.Scheme}://{target.Authority}", new GrpcChannelOptions
        {
            MaxReceiveMessageSize = MaxAnswer,
            DisposeHttpClient = true,
            HttpHandler = ProbeConnection.NewHandler((_, cancel) =>
                ProbeConnection.ConnectAsync(target, identity, SslApplicationProtocol.Http2, cancel)),
        });
        try
        {
            var answer = await new HealthClient(channel)
                .CheckAsync(new HealthCheckRequest { Service = target.Check.Path },
                    cancellationToken: cancellationToken).ConfigureAwait(false);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? ProbeResult.Pass
                : ProbeResult.Fail($"gRPC health {answer.Status}");
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return ProbeResult.Fail("the server does not implement grpc.health.v1");
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            return ProbeResult.Fail($"the server does not know the service '{target.Check.Path}'");
        }
    }
}
