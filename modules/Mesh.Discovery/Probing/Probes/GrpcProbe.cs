using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// Asks <c>grpc.health.v1.Health/Check</c> over cleartext HTTP/2: SERVING passes, all else fails. Answers over 16 KiB are refused.
/// </summary>
internal sealed class GrpcProbe : IProbe
{
    private const int MaxAnswer = 16 * 1024;

    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress($"http://{target.Authority}", new GrpcChannelOptions
        {
            MaxReceiveMessageSize = MaxAnswer,
            DisposeHttpClient = true,
            HttpHandler = ProbeConnection.NewHandler(async (_, cancel) =>
                new NetworkStream(await ProbeConnection.OpenAsync(target.Addresses, target.Port, cancel).ConfigureAwait(false),
                    ownsSocket: true)),
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
