using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Api;

/// <summary>The certificate authority's operations: what each takes, requires and answers.</summary>
internal static class AuthorityDescriptions
{
    private const string StatusExample =
        """{"trustDomain":"cdaprod.mesh","leafLifetime":"24h","keyRing":"folder","keyProtection":"none","roots":"""
            + """[{"id":"3f2a9c01d4e5f60718293a4b5c6d7e8f90a1b2c3","phase":"active","subject":"CN=Cdaprod Mesh root CA 3f2a9c01d4e5, """
            + """O=cdaprod.mesh","imported":false,"hasKey":true,"activeFrom":"2026-01-01T00:00:00+00:00","notAfter":"2035-12-30T00"""
            + """:00:00+00:00"}],"intermediates":[]}""";

    private static readonly OperationGroup Group = OperationGroup.OfModule("Security", "/security", SecurityEndpoints.OfAuthority);

    public static Operation Status { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/ca", "getCertificateAuthority",
        "Shows the certificate authority")
    {
        Rpc = V1.Security.Descriptor.Method("GetAuthority"),
        Description = "Roots and intermediates in the order in which they are used, and what needs somebody's hand.",
        Answer = typeof(AuthorityStatusAnswer),
        AnswerExample = StatusExample,
        Refusals = [RefusalKind.Invalid, RefusalKind.Unavailable],
    };

    public static Operation Bundle { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/ca/bundle", "getTrustBundle",
        "Shows the roots to be trusted, as PEM")
    {
        Rpc = V1.Security.Descriptor.Method("GetBundle"),
        Description = "The root in use, one that takes over later, and a former one while certificates below it may be valid.",
        Answer = typeof(TrustBundleAnswer),
        AnswerExample = """{"trustDomain":"cdaprod.mesh","pem":"-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----\n"}""",
        Refusals = [RefusalKind.Invalid, RefusalKind.Unavailable],
    };

    public static Operation Rotate { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/ca/rotate", "rotateCertificateAuthority",
        "Makes a new intermediate, or a new root")
    {
        Rpc = V1.Security.Descriptor.Method("RotateAuthority"),
        Description =
            "A new intermediate signs at once. A new root is trusted at once and used after the longest life of a certificate, when "
                + "everybody knows it; with `atOnce` at once, which also ends the waiting of one that is prepared.",
        Parameters = [StandardParameters.IdempotencyKey],
        Body = typeof(RotateAuthorityBody),
        BodyExample = """{"root":true}""",
        Answer = typeof(AuthorityChangeAnswer),
        AnswerExample = $$"""{"changed":true,"authority":{{StatusExample}}}""",
        Refusals = [RefusalKind.Conflict, RefusalKind.KeyReused],
    };

    public static Operation Import { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/ca/import", "importCertificateAuthority",
        "Takes a root or an intermediate from outside")
    {
        Rpc = V1.Security.Descriptor.Method("ImportAuthority"),
        Description =
            "A root with its key: the mesh makes its own intermediates below it. An intermediate with its key and the chain up to its "
                + "root: it signs, and the root's key stays where it is. A certificate is signed and checked for a trial first. All must "
                + "be valid until certificates that they sign at first have ended.",
        Parameters = [StandardParameters.IdempotencyKey],
        Body = typeof(ImportAuthorityBody),
        BodyExample =
            """{"certificates":"-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----","key":"-----BEGIN PRIVATE KEY-----\n"""
                + """MII…\n-----END PRIVATE KEY-----"}""",
        Answer = typeof(AuthorityChangeAnswer),
        AnswerExample = $$"""{"changed":true,"authority":{{StatusExample}}}""",
        Refusals = [RefusalKind.Conflict, RefusalKind.KeyReused],
    };
}
