using System.Globalization;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Security.Issuing;
using Mesh.Security.Operations;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Certificates</c> on a Registry (Flow step 1): certificates for workloads.</summary>
internal sealed class CertificatesRpc(CertificateOperations certificates) : V1.Certificates.CertificatesBase
{
    public override Task<V1.SignReply> Sign(V1.SignRequest request, ServerCallContext context) =>
        ReplyAsync(certificates.SignAsync(request.Csr, request.JoinToken, context.CancellationToken));

    public override Task<V1.SignReply> Renew(V1.RenewRequest request, ServerCallContext context) =>
        ReplyAsync(certificates.RenewAsync(request.Csr, request.Certificate, request.Signature.Memory, context.CancellationToken));

    private static async Task<V1.SignReply> ReplyAsync(Task<Answered<IssuedCertificate>> answered)
    {
        var (issued, refusal) = await answered.ConfigureAwait(false);
        if (issued is null) throw refusal!.ToRpcException();
        return new V1.SignReply
        {
            SpiffeId = issued.Identity.ToString(),
            CertificateChain = { issued.Chain },
            Bundle = { issued.Bundle },
            NotAfter = Written(issued.NotAfter),
            RenewAt = Written(issued.RenewAt),
        };
    }

    private static string Written(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
