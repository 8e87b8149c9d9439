using Mesh.Api.Rpc;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Security</c> on a control plane: the authority is the Registry's, so reads go to it as writes do (Flow step 1).
/// </summary>
internal sealed class SecurityFacade : V1.Security.SecurityBase, IForwardsWrites;

/// <summary>
/// <c>cdaprod.mesh.v1.Certificates</c> on a control plane, which workloads can reach: signed by a Registry (Flow step 1).
/// </summary>
internal sealed class CertificatesFacade : V1.Certificates.CertificatesBase, IForwardsWrites;
