using System.Reflection;
using Mesh.Contracts.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Mesh.Api.Rest;

/// <summary>
/// What the OpenAPI document says of a REST endpoint. Endpoints read their requests by hand (all faults at once), so nothing can be
/// inferred.
/// </summary>
/// <param name="Id">Unique, camelCase, such as <c>registerInstance</c>.</param>
/// <param name="Tag">Group, such as <c>Discovery</c>.</param>
/// <param name="Summary">One line.</param>
public sealed record OperationDoc(string Id, string Tag, string Summary)
{
    /// <summary>More, in Markdown.</summary>
    public string Description { get; init; } = "";

    /// <summary>Query, path and header parameters.</summary>
    public IReadOnlyList<ParameterDoc> Parameters { get; init; } = [];

    /// <summary>Type of the JSON body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>A body that works, as JSON.</summary>
    public string? BodyExample { get; init; }

    /// <summary>Type of the answer; null for none.</summary>
    public Type? Answer { get; init; }

    /// <summary>An answer, as JSON.</summary>
    public string? AnswerExample { get; init; }

    /// <summary>Statuses with problem details that can come, besides 500.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];
}

/// <summary>One parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>string</c>, <c>integer</c> or <c>boolean</c>.</param>
/// <param name="Description">What it does.</param>
/// <param name="In"><c>query</c>, <c>path</c> or <c>header</c>.</param>
/// <param name="Example">A value that works.</param>
/// <param name="Required">Whether it is required.</param>
public sealed record ParameterDoc(string Name, string Type, string Description, string In = "query", string? Example = null,
    bool Required = false)
{
    /// <summary><c>Idempotency-Key</c>.</summary>
    public static ParameterDoc IdempotencyKey { get; } = new("Idempotency-Key", "string",
        "1 to 128 printable ASCII characters. The same key with the same request takes effect once (for 24 hours); with another request "
            + "it is refused with 422.", "header");

    /// <summary><c>If-Match</c>.</summary>
    public static ParameterDoc IfMatch { get; } = new("If-Match", "string",
        "An ETag: the write counts only while the resource still has it, else 412.", "header");

    /// <summary><c>minSequence</c>.</summary>
    public static ParameterDoc MinSequence { get; } = new("minSequence", "integer",
        "Wait (at most 10 s) until the answer is at this sequence, for example that of a write.");

    /// <summary><c>consistency</c>.</summary>
    public static ParameterDoc Consistency { get; } = new("consistency", "string",
        "`strong`: at least as new as every write that was answered before; `local` (default): whatever this process has.");

    /// <summary><c>namespace</c> of one resource.</summary>
    public static ParameterDoc Namespace { get; } = new("namespace", "string", "Namespace of the service; `default` if unset.");
}

/// <summary>Attaches the description.</summary>
public static class OperationDocs
{
    /// <summary>Describes an endpoint.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder endpoint, OperationDoc doc) where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(built =>
        {
            built.Metadata.Add(doc);
            built.Metadata.Add(new ProducesResponseTypeMetadata(200, doc.Answer ?? typeof(void), ["application/json"]));
            foreach (var status in doc.Problems.Append(500))
                built.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemAnswer), ["application/problem+json"]));
            if (doc.Body is not null) built.Metadata.Add(new AcceptsMetadata(["application/json"], doc.Body));
        });
        return endpoint;
    }

    /// <summary>Describes an endpoint that is a <see cref="RequestDelegate"/>.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder endpoint, OperationDoc doc, RequestDelegate handler)
        where TBuilder : IEndpointConventionBuilder
    {
        // Without a method an endpoint is not listed in the document.
        endpoint.Add(built =>
        {
            if (!built.Metadata.OfType<MethodInfo>().Any()) built.Metadata.Add(handler.Method);
        });
        return endpoint.Describe(doc);
    }
}
