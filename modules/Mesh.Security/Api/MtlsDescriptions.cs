using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Api;

/// <summary>Operations on mutual TLS modes: what each takes, requires and answers.</summary>
internal static class MtlsDescriptions
{
    private const string Path = "/mtls", OnlyIf = "no mode is set for it yet";

    private static readonly OperationGroup Group = OperationGroup.OfModule("Security", "/security", SecurityEndpoints.Permissions);

    public static Parameter<string?> Service { get; } =
        Parameter.NonEmpty("service", "The service; without it, the default of the namespace.", "shop");

    public static Parameter<string?> Namespace { get; } = Parameter.NonEmpty("namespace",
        "Namespace of the service, `default` if unset; without a service, the one whose default it is.");

    public static Parameter<string?> OnlyService { get; } = Parameter.Text("service", "Only this service.", "shop");

    public static Operation Set { get; } = new(Group, OperationKind.Write, HttpMethods.Post, Path, "setMtlsMode",
        "Enables mutual TLS for a service, or sets another mode")
    {
        Rpc = V1.Security.Descriptor.Method("SetMtlsMode"),
        Description =
            "`strict`: callers connect with mutual TLS, and require the identity of the service. `permissive`: with mutual TLS to "
                + "instances whose label `mesh.tls` is `true`, in plaintext to the others. `disable`: in plaintext. A namespace without a "
                + "service sets the default of all services in it that have no mode of their own. The service need not exist yet. An "
                + "unchanged mode answers `\"changed\": false` and adds no event. `If-Match` refers to the mode's ETag.",
        OnlyIf = OnlyIf,
        Body = typeof(MtlsModeBody),
        BodyExample = """{"service":"shop","mode":"strict"}""",
        Answer = typeof(MtlsWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":42,"service":"shop","namespace":"default","mode":"strict","revision":1}""",
        Refusals = [RefusalKind.LimitReached],
    };

    public static Operation Remove { get; } = new(Group, OperationKind.Write, HttpMethods.Delete, Path, "removeMtlsMode",
        "Removes the mutual TLS mode of a service, or the default of a namespace")
    {
        Rpc = V1.Security.Descriptor.Method("RemoveMtlsMode"),
        Description =
            "The service has the default of its namespace again; without one, connections are in plaintext. What does not exist answers "
                + "`\"changed\": false`.",
        Parameters = [Service, Namespace],
        OnlyIf = OnlyIf,
        Answer = typeof(MtlsWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":43,"service":"shop","namespace":"default"}""",
    };

    public static Operation List { get; } = new(Group, OperationKind.Watch, HttpMethods.Get, Path, "listMtlsModes",
        "Lists mutual TLS modes")
    {
        Rpc = V1.Security.Descriptor.Method("ListMtlsModes"),
        Description =
            "The modes that are set, and the registered services that the default of their namespace applies to. A service that is not "
                + "listed has no mutual TLS. All filters that are set must match. With `afterSequence` the answer waits until a mode that "
                + "the filter shows may have changed since, or `wait` is over.",
        Parameters = [StandardParameters.OnlyNamespace, OnlyService],
        Answer = typeof(MtlsListAnswer),
        AnswerExample =
            """{"sequence":42,"items":[{"service":"shop","namespace":"default","mode":"strict","effective":"strict","""
                + """ "spiffeId":"spiffe://cdaprod.mesh/ns/default/sa/shop","revision":1}]}""",
    };
}
