using Mesh.Api.Rest;
using Mesh.Contracts.Security;

namespace Mesh.Security.Api;

/// <summary>The certificate authority's part of the OpenAPI document.</summary>
internal static class AuthorityDocs
{
    internal const string Tag = "Security";

    private const string StatusExample =
        """{"trustDomain":"cdaprod.mesh","leafLifetime":"24h","keyRing":"folder","keyProtection":"none","roots":"""
            + """[{"id":"3f2a9c01d4e5f60718293a4b5c6d7e8f90a1b2c3","phase":"active","subject":"CN=Cdaprod Mesh root CA 3f2a9c01d4e5, """
            + """O=cdaprod.mesh","imported":false,"hasKey":true,"activeFrom":"2026-01-01T00:00:00+00:00","notAfter":"2035-12-30T00"""
            + """:00:00+00:00"}],"intermediates":[]}""";

    private static readonly ParameterDoc Key = new("Idempotency-Key", "string",
        "1 to 128 printable ASCII characters. The same change under the same key is made once.", "header");

    public static OperationDoc Status { get; } = new("getCertificateAuthority", Tag, "Shows the certificate authority")
    {
        Description = "Roots and intermediates in the order in which they are used, and what needs somebody's hand.",
        Answer = typeof(AuthorityStatusAnswer),
        AnswerExample = StatusExample,
        Problems = [400, 503],
    };

    public static OperationDoc Bundle { get; } = new("getTrustBundle", Tag, "Shows the roots to be trusted, as PEM")
    {
        Description = "The root in use, one that takes over later, and a former one while certificates below it may be valid.",
        Answer = typeof(TrustBundleAnswer),
        AnswerExample = """{"trustDomain":"cdaprod.mesh","pem":"-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----\n"}""",
        Problems = [400, 503],
    };

    public static OperationDoc Rotate { get; } = new("rotateCertificateAuthority", Tag, "Makes a new intermediate, or a new root")
    {
        Description =
            "A new intermediate signs at once. A new root is trusted at once and used after the longest life of a certificate, when "
                + "everybody knows it; with `atOnce` at once, which also ends the waiting of one that is prepared.",
        Parameters = [Key],
        Body = typeof(RotateAuthorityBody),
        BodyExample = """{"root":true}""",
        Answer = typeof(AuthorityChangeAnswer),
        AnswerExample = $$"""{"changed":true,"authority":{{StatusExample}}}""",
        Problems = [400, 409, 413, 415, 503],
    };

    public static OperationDoc Import { get; } = new("importCertificateAuthority", Tag, "Takes a root or an intermediate from outside")
    {
        Description =
            "A root with its key: the mesh makes its own intermediates below it. An intermediate with its key and the chain up to its "
                + "root: it signs, and the root's key stays where it is. A certificate is signed and checked for a trial first.",
        Parameters = [Key],
        Body = typeof(ImportAuthorityBody),
        BodyExample =
            """{"certificates":"-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----","key":"-----BEGIN PRIVATE KEY-----\n"""
                + """MII…\n-----END PRIVATE KEY-----"}""",
        Answer = typeof(AuthorityChangeAnswer),
        AnswerExample = $$"""{"changed":true,"authority":{{StatusExample}}}""",
        Problems = [400, 409, 413, 415, 503],
    };
}
