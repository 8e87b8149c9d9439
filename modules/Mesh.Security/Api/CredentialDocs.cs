using Mesh.Api.Rest;
using Mesh.Contracts.Security;

namespace Mesh.Security.Api;

/// <summary>The part of join tokens, the deny list and certificates in the OpenAPI document.</summary>
internal static class CredentialDocs
{
    private static readonly ParameterDoc Serial = new("serial", "string", "Serial of one certificate, in hexadecimal.", Example: "4a01ff");
    private static readonly ParameterDoc Service = new("service", "string", "All certificates of this service.", Example: "shop");

    public static OperationDoc CreateToken { get; } = new("createJoinToken", AuthorityDocs.Tag, "Makes a join token")
    {
        Description =
            "With it, one workload of this service gets its first certificate, once. The mesh keeps a hash of it: the answer is the only "
                + "time that it is shown. A request that is repeated makes another token.",
        Body = typeof(JoinTokenBody),
        BodyExample = """{"service":"shop","lifetime":"30m"}""",
        Answer = typeof(JoinTokenCreatedAnswer),
        AnswerExample =
            """{"id":"o4Jx0lq2Zk9A","token":"mesh-join.o4Jx0lq2Zk9A.…","service":"shop","namespace":"default","expiresAt":"2026-01-01T"""
                + """00:30:00+00:00"}""",
        Problems = [400, 413, 415, 503],
    };

    public static OperationDoc Tokens { get; } = new("listJoinTokens", AuthorityDocs.Tag, "Lists join tokens, without their secrets")
    {
        Description = "Newest first, at most 1000.",
        Answer = typeof(JoinTokenListAnswer),
        Problems = [400, 503],
    };

    public static OperationDoc RevokeToken { get; } = new("revokeJoinToken", AuthorityDocs.Tag, "Revokes a join token")
    {
        Description = "One that was used or revoked before answers `\"changed\": false`.",
        Parameters = [new("id", "string", "Its id, as the list shows it.", "path", Required: true)],
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
        Problems = [400, 404, 503],
    };

    public static OperationDoc AddRevocation { get; } = new("addRevocation", AuthorityDocs.Tag, "Puts something on the deny list")
    {
        Description =
            "By serial: this certificate is not renewed. By service: none of its certificates is renewed, and it cannot join. "
                + "Certificates that are out stay valid until they end.",
        Body = typeof(RevocationBody),
        BodyExample = """{"service":"shop","reason":"its machine was taken over"}""",
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
        Problems = [400, 413, 415, 503],
    };

    public static OperationDoc RemoveRevocation { get; } = new("removeRevocation", AuthorityDocs.Tag, "Takes something off the deny list")
    {
        Parameters = [Serial, Service, ParameterDoc.Namespace],
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
        Problems = [400, 503],
    };

    public static OperationDoc Revocations { get; } = new("listRevocations", AuthorityDocs.Tag, "Shows the deny list")
    {
        Description = "Newest first, at most 1000.",
        Answer = typeof(RevocationListAnswer),
        Problems = [400, 503],
    };

    public static OperationDoc Certificates { get; } = new("listCertificates", AuthorityDocs.Tag, "Lists what was issued")
    {
        Description = "Newest first: to whom, by what right, by which intermediate.",
        Parameters = [Service, ParameterDoc.Namespace, new("limit", "integer", "The most items to return, 1 to 1000; 100 if unset.")],
        Answer = typeof(CertificateListAnswer),
        Problems = [400, 503],
    };
}
