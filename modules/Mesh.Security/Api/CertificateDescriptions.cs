using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Api;

/// <summary>What workloads ask for: their certificates.</summary>
internal static class CertificateDescriptions
{
    private const string Example =
        """{"spiffeId":"spiffe://cdaprod.mesh/ns/default/sa/shop","certificateChain":["-----BEGIN CERTIFICATE-----\nMII…"]"""
            + ""","bundle":["-----BEGIN CERTIFICATE-----\nMII…"]"""
            + ""","notAfter":"2026-01-02T00:00:00+00:00","renewAt":"2026-01-01T12:00:00+00:00"}""";

    private static readonly OperationGroup Group =
        OperationGroup.OfModule("Certificates", "/security/certificates", SecurityEndpoints.Signing);

    public static Operation Sign { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/sign", "signCertificate",
        "A first certificate, by a join token")
    {
        Rpc = V1.Certificates.Descriptor.Method("Sign"),
        Description =
            "The identity is that of the token, whatever the request asks for; a request that names anybody else is refused. The token is "
                + "used up, whether or not the answer arrives.",
        Body = typeof(SignCertificateBody),
        BodyExample = """{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nMII…","joinToken":"mesh-join.o4Jx0lq2Zk9A.…"}""",
        Answer = typeof(SignedCertificateAnswer),
        AnswerExample = Example,
        Refusals = [RefusalKind.Forbidden, RefusalKind.Conflict, RefusalKind.Unavailable],
    };

    public static Operation Renew { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/renew", "renewCertificate",
        "A further certificate, by one that is still valid")
    {
        Rpc = V1.Certificates.Descriptor.Method("Renew"),
        Description =
            "The identity is that of the present certificate. The signature shows that the caller has its key: with SHA-256 (ECDSA as DER, "
                + "or RSA PKCS #1), over `cdaprod.mesh.v1.Certificates/Renew`, a line feed and the request in DER.",
        Body = typeof(RenewCertificateBody),
        BodyExample =
            """{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nMII…","signature":"MEUCIQ…","""
                + """ "certificate":"-----BEGIN CERTIFICATE-----\nMII…"}""",
        Answer = typeof(SignedCertificateAnswer),
        AnswerExample = Example,
        Refusals = [RefusalKind.Forbidden, RefusalKind.Conflict, RefusalKind.Unavailable],
    };
}
