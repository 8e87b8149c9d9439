using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Security.Operations;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Api;

/// <summary>Operations on join tokens, the deny list and certificates: what each takes, requires and answers.</summary>
internal static class CredentialDescriptions
{
    private static readonly OperationGroup Group = OperationGroup.OfModule("Security", "/security", SecurityEndpoints.Permissions);

    public static Parameter<string?> Serial { get; } = Parameter.Text("serial", "Serial of one certificate, in hexadecimal.", "4a01ff");

    public static Parameter<string?> Service { get; } = Parameter.Text("service", "All certificates of this service.", "shop");

    public static Parameter<string?> Namespace { get; } = Parameter.Text("namespace", "Namespace of the service; `default` if unset.");

    public static Parameter<long?> Limit { get; } = Parameter.Number("limit", "The most items to return; 100 if unset.", 1,
        CredentialOperations.MostItems);

    public static Parameter<string> TokenId { get; } = Parameter.AsInPath("id", "Its id, as the list shows it.");

    public static Operation CreateToken { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/join-tokens", "createJoinToken",
        "Makes a join token")
    {
        Rpc = V1.Security.Descriptor.Method("CreateJoinToken"),
        Description =
            "With it, one workload of this service gets its first certificate, once. The mesh keeps a hash of it: the answer is the only "
                + "time that it is shown. A request that is repeated makes another token.",
        Body = typeof(JoinTokenBody),
        BodyExample = """{"service":"shop","lifetime":"30m"}""",
        Answer = typeof(JoinTokenCreatedAnswer),
        AnswerExample =
            """{"id":"o4Jx0lq2Zk9A","token":"mesh-join.o4Jx0lq2Zk9A.…","service":"shop","namespace":"default","expiresAt":"2026-01-01T"""
                + """00:30:00+00:00"}""",
    };

    public static Operation Tokens { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/join-tokens", "listJoinTokens",
        "Lists join tokens, without their secrets")
    {
        Rpc = V1.Security.Descriptor.Method("ListJoinTokens"),
        Description = "Newest first, at most 1000.",
        Answer = typeof(JoinTokenListAnswer),
        Refusals = [RefusalKind.Invalid, RefusalKind.Unavailable],
    };

    public static Operation RevokeToken { get; } = new(Group, OperationKind.Act, HttpMethods.Delete, "/join-tokens/{id}",
        "revokeJoinToken", "Revokes a join token")
    {
        Rpc = V1.Security.Descriptor.Method("RevokeJoinToken"),
        Description = "By its id, never by the token itself. One that was used or revoked before answers `\"changed\": false`.",
        Parameters = [TokenId],
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
        Refusals = [RefusalKind.Invalid, RefusalKind.NotFound],
    };

    public static Operation AddRevocation { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/revocations", "addRevocation",
        "Puts something on the deny list")
    {
        Rpc = V1.Security.Descriptor.Method("AddRevocation"),
        Description =
            "By serial: this certificate is not renewed, nor any that descends from the same join token; the service can join anew, by "
                + "another token. By service: none of its certificates is renewed, and it cannot join. Certificates that are out "
                + "stay valid until they end.",
        Body = typeof(RevocationBody),
        BodyExample = """{"service":"shop","reason":"its machine was taken over"}""",
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation RemoveRevocation { get; } = new(Group, OperationKind.Act, HttpMethods.Delete, "/revocations",
        "removeRevocation", "Takes something off the deny list")
    {
        Rpc = V1.Security.Descriptor.Method("RemoveRevocation"),
        Parameters = [Serial, Service, Namespace],
        Answer = typeof(SecurityChangeAnswer),
        AnswerExample = """{"changed":true}""",
    };

    public static Operation Revocations { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/revocations", "listRevocations",
        "Shows the deny list")
    {
        Rpc = V1.Security.Descriptor.Method("ListRevocations"),
        Description = "Newest first, at most 1000.",
        Answer = typeof(RevocationListAnswer),
        Refusals = [RefusalKind.Invalid, RefusalKind.Unavailable],
    };

    public static Operation Certificates { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/certificates", "listCertificates",
        "Lists what was issued")
    {
        Rpc = V1.Security.Descriptor.Method("ListCertificates"),
        Description = "Newest first: to whom, by what right, by which intermediate.",
        Parameters = [Service, Namespace, Limit],
        Answer = typeof(CertificateListAnswer),
        Refusals = [RefusalKind.Unavailable],
    };
}
