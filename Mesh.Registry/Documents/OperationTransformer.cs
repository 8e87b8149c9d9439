using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Api.Rest;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Mesh.Registry.Documents;

/// <summary>Puts what an endpoint's <see cref="Operation"/> says into the document.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Operation>().FirstOrDefault() is not { } described)
            return Task.CompletedTask;
        // The short paths and those under /api/v1 are the same operations; ids are unique all the same.
        operation.OperationId = context.Description.RelativePath!.StartsWith("api/v1/", StringComparison.Ordinal)
            ? described.Id + "V1"
            : described.Id;
        operation.Summary = described.Summary;
        operation.Description = described.Description.Length == 0 ? null : described.Description;
        operation.Tags = new HashSet<OpenApiTagReference> { new(described.Group.Tag, context.Document) };
        operation.Parameters = [.. described.Accepted.Select(ToParameter)];
        Example(operation.RequestBody?.Content, described.BodyExample);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response is OpenApiResponse plain) plain.Description = status == "200" ? "Done." : Describe(status);
            if (status == "200") Example(response.Content, described.AnswerExample);
        }

        return Task.CompletedTask;
    }

    private static IOpenApiParameter ToParameter(Parameter parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = parameter.Place switch
        {
            ParameterPlace.Path => ParameterLocation.Path, ParameterPlace.Header => ParameterLocation.Header, _ => ParameterLocation.Query,
        },
        Required = parameter.Required,
        Description = parameter.Description,
        Schema = new OpenApiSchema
        {
            Type = parameter.Type switch
            {
                "integer" => JsonSchemaType.Integer, "boolean" => JsonSchemaType.Boolean, _ => JsonSchemaType.String,
            },
            Minimum = parameter.Least?.ToString(CultureInfo.InvariantCulture),
            Maximum = parameter.Most?.ToString(CultureInfo.InvariantCulture),
        },
        Example = parameter.Example is not { } example ? null
            : parameter.Type == "string" ? JsonValue.Create(example) : JsonNode.Parse(example),
    };

    private static void Example(IDictionary<string, OpenApiMediaType>? content, string? json)
    {
        if (json is null || content is null) return;
        foreach (var media in content.Values) media.Example = JsonNode.Parse(json);
    }

    private static string Describe(string status) => status switch
    {
        "400" => "The request is invalid; `errors` lists every fault with its field. Nothing was written.",
        "404" => "There is no such resource.",
        "409" => "It conflicts with the present state, such as a newer incarnation or a running canary. Nothing was written.",
        "412" => "`If-Match` or `If-None-Match` is not met. Nothing was written.",
        "413" => "The body is over 1 MiB.",
        "415" => "The body is not `application/json`.",
        "422" => "The `Idempotency-Key` was used before with another request.",
        "429" => "A limit is reached.",
        "503" => "The log cannot be written or confirmed now; repeat with the same `Idempotency-Key`.",
        _ => int.TryParse(status, CultureInfo.InvariantCulture, out var code) ? ReasonPhrases.GetReasonPhrase(code) + "." : "An error.",
    };
}
