using Google.Protobuf.Reflection;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>
/// The one description of an operation (Flow step 1). Its route and permission are mapped from it, its parameters are read through it
/// (<see cref="RequestParameters"/>), what it answers is checked against it, and the OpenAPI document shows it.
/// </summary>
/// <param name="group">Root, heading and permissions.</param>
/// <param name="kind">What it does.</param>
/// <param name="verb">The HTTP method.</param>
/// <param name="path">Path below the group's root, such as <c>/services/{name}</c>.</param>
/// <param name="id">Unique, camelCase, such as <c>registerInstance</c>.</param>
/// <param name="summary">One line.</param>
public sealed class Operation(OperationGroup group, OperationKind kind, string verb, string path, string id, string summary)
{
    private IReadOnlyList<Parameter>? _accepted;

    /// <summary>Root, heading and permissions.</summary>
    public OperationGroup Group => group;

    /// <summary>What it does.</summary>
    public OperationKind Kind => kind;

    /// <summary>The HTTP method.</summary>
    public string Verb => verb;

    /// <summary>Path below the group's root.</summary>
    public string Path => path;

    /// <summary>Unique, camelCase.</summary>
    public string Id => id;

    /// <summary>One line.</summary>
    public string Summary => summary;

    /// <summary>More, in Markdown.</summary>
    public string Description { get; init; } = "";

    /// <summary>The method that does the same over gRPC; null for none.</summary>
    public MethodDescriptor? Rpc { get; init; }

    /// <summary>Path and query parameters, besides those that the kind brings.</summary>
    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>When <c>If-None-Match: *</c> lets a write pass.</summary>
    public string OnlyIf { get; init; } = "it does not exist yet";

    /// <summary>Type of the JSON body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>A body that works, as JSON.</summary>
    public string? BodyExample { get; init; }

    /// <summary>Type of the answer.</summary>
    public required Type Answer { get; init; }

    /// <summary>An answer, as JSON.</summary>
    public string? AnswerExample { get; init; }

    /// <summary>Why it can be refused, besides the reasons that the kind brings.</summary>
    public IReadOnlyList<RefusalKind> Refusals { get; init; } = [];

    /// <summary>Whether it changes nothing.</summary>
    public bool IsRead => kind is OperationKind.Read or OperationKind.Watch or OperationKind.Inspect;

    /// <summary>What it requires.</summary>
    public string Permission => IsRead ? group.Permissions.Read : group.Permissions.Write;

    /// <summary>Every parameter that it accepts, those that the kind brings last.</summary>
    public IReadOnlyList<Parameter> Accepted => _accepted ??= [.. Parameters, .. kind switch
    {
        OperationKind.Read => StandardParameters.OfReads,
        OperationKind.Watch => StandardParameters.OfWatches,
        OperationKind.Write => StandardParameters.OfWrites(OnlyIf),
        _ => [],
    }];

    /// <summary>Statuses with problem details that can come.</summary>
    public IEnumerable<int> Problems => Refusals.Concat(KindRefusals()).Select(refusal => refusal.ToHttpStatus())
        .Concat(Body is null ? [] : JsonBody.Refusals).Distinct().Order().Append(StatusCodes.Status500InternalServerError);

    /// <summary>The operation that a request is for.</summary>
    /// <exception cref="InvalidOperationException">Its endpoint has not been mapped as one.</exception>
    public static Operation Of(HttpContext context) => Find(context)
        ?? throw new InvalidOperationException($"{context.Request.Path} is not mapped as an operation.");

    /// <summary>The same; null if the endpoint has not been mapped as one.</summary>
    public static Operation? Find(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<Operation>();

    /// <inheritdoc/>
    public override string ToString() => id;

    private IEnumerable<RefusalKind> KindRefusals()
    {
        // No operation takes a query parameter that it does not declare.
        yield return RefusalKind.Invalid;
        if (kind == OperationKind.Watch) yield return RefusalKind.LimitReached;
        if (kind != OperationKind.Inspect) yield return RefusalKind.Unavailable;
        if (kind != OperationKind.Write) yield break;
        yield return RefusalKind.PreconditionFailed;
        yield return RefusalKind.KeyReused;
    }
}
