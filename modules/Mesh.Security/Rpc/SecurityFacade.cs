using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Security</c> on a control plane (Flow step 1). Mutual TLS modes are listed from the replica; the authority is the
/// Registry's, so reads of it go to a Registry as writes do.
/// </summary>
internal sealed class SecurityFacade(MtlsReading reading, IMeshReplica replica) : V1.Security.SecurityBase, IForwardsWrites
{
    public override Task<V1.MtlsModeList> ListMtlsModes(V1.ListMtlsModesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);
}

/// <summary>
/// <c>cdaprod.mesh.v1.Certificates</c> on a control plane, which workloads can reach: signed by a Registry (Flow step 1).
/// </summary>
internal sealed class CertificatesFacade : V1.Certificates.CertificatesBase, IForwardsWrites;
