using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class OpenApiTests(SharedRegistry registry)
{
    private static readonly string[] Expected =
    [
        "DELETE /api/discovery/deregister", "DELETE /api/discovery/services/{name}/settings", "DELETE /api/v1/discovery/deregister",
        "DELETE /api/v1/discovery/services/{name}/settings", "GET /api/discovery/services", "GET /api/discovery/services/{name}",
        "GET /api/v1/discovery/services", "GET /api/v1/discovery/services/{name}", "GET /api/v1/events", "GET /api/v1/log/verify",
        "GET /api/v1/state", "GET /api/v1/dead-letters", "GET /api/v1/dead-letters/{id}", "POST /api/v1/dead-letters/{id}/replay",
        "GET /api/v1/status", "POST /api/discovery/heartbeat", "POST /api/discovery/mode", "POST /api/discovery/register",
        "POST /api/v1/discovery/heartbeat", "POST /api/v1/discovery/mode", "POST /api/v1/discovery/register",
        "PUT /api/discovery/services/{name}/settings", "PUT /api/v1/discovery/services/{name}/settings",
        "POST /api/resilience/circuit-breakers", "POST /api/resilience/bulkheads", "POST /api/resilience/outlier-detection",
        "POST /api/resilience/rate-limits", "POST /api/resilience/timeouts", "POST /api/resilience/fallbacks",
        "POST /api/v1/resilience/circuit-breakers", "POST /api/v1/resilience/bulkheads", "POST /api/v1/resilience/outlier-detection",
        "POST /api/v1/resilience/rate-limits", "POST /api/v1/resilience/timeouts", "POST /api/v1/resilience/fallbacks",
        "DELETE /api/resilience/circuit-breakers", "DELETE /api/resilience/bulkheads", "DELETE /api/resilience/outlier-detection",
        "DELETE /api/resilience/rate-limits", "DELETE /api/resilience/timeouts", "DELETE /api/resilience/fallbacks",
        "DELETE /api/v1/resilience/circuit-breakers", "DELETE /api/v1/resilience/bulkheads", "DELETE /api/v1/resilience/outlier-detection",
        "DELETE /api/v1/resilience/rate-limits", "DELETE /api/v1/resilience/timeouts", "DELETE /api/v1/resilience/fallbacks",
        "GET /api/resilience/policies", "GET /api/v1/resilience/policies",
        "POST /api/traffic/routes", "DELETE /api/traffic/routes", "GET /api/traffic/routes", "GET /api/traffic/routes/{service}/{name}",
        "POST /api/v1/traffic/routes", "DELETE /api/v1/traffic/routes", "GET /api/v1/traffic/routes",
        "GET /api/v1/traffic/routes/{service}/{name}",
        "POST /api/traffic/canaries", "POST /api/traffic/canaries/promote", "POST /api/traffic/canaries/abort", "GET /api/traffic/canaries",
        "GET /api/traffic/canaries/{service}",
        "POST /api/traffic/blue-green", "POST /api/traffic/blue-green/rollback", "GET /api/traffic/blue-green",
        "GET /api/traffic/blue-green/{service}",
        "POST /api/v1/traffic/canaries", "POST /api/v1/traffic/canaries/promote", "POST /api/v1/traffic/canaries/abort",
        "GET /api/v1/traffic/canaries", "GET /api/v1/traffic/canaries/{service}",
        "POST /api/v1/traffic/blue-green", "POST /api/v1/traffic/blue-green/rollback", "GET /api/v1/traffic/blue-green",
        "GET /api/v1/traffic/blue-green/{service}",
        "PUT /api/traffic/policies/{service}", "DELETE /api/traffic/policies/{service}", "GET /api/traffic/policies/{service}",
        "GET /api/traffic/policies",
        "PUT /api/v1/traffic/policies/{service}", "DELETE /api/v1/traffic/policies/{service}", "GET /api/v1/traffic/policies/{service}",
        "GET /api/v1/traffic/policies",
        "GET /api/security/ca", "GET /api/security/ca/bundle", "POST /api/security/ca/rotate", "POST /api/security/ca/import",
        "POST /api/security/join-tokens", "GET /api/security/join-tokens", "DELETE /api/security/join-tokens/{id}",
        "POST /api/security/revocations", "GET /api/security/revocations", "DELETE /api/security/revocations",
        "GET /api/security/certificates",
        "GET /api/v1/security/ca", "GET /api/v1/security/ca/bundle", "POST /api/v1/security/ca/rotate", "POST /api/v1/security/ca/import",
        "POST /api/v1/security/join-tokens", "GET /api/v1/security/join-tokens", "DELETE /api/v1/security/join-tokens/{id}",
        "POST /api/v1/security/revocations", "GET /api/v1/security/revocations", "DELETE /api/v1/security/revocations",
        "GET /api/v1/security/certificates",
        "POST /api/security/mtls", "GET /api/security/mtls", "DELETE /api/security/mtls",
        "POST /api/v1/security/mtls", "GET /api/v1/security/mtls", "DELETE /api/v1/security/mtls",
    ];

    private static IEnumerable<(string Route, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from method in path.Value.EnumerateObject()
        select ($"{method.Name.ToUpperInvariant()} {path.Name}", method.Value);

    [Fact]
    public async Task Every_REST_route_is_in_the_document()
    {
        var (status, document, _) = await registry.Get("/openapi/v1.json");
        Assert.Equal(200, status);
        Assert.Superset(Expected.ToHashSet(), Operations(document).Select(o => o.Route).ToHashSet());
        Assert.Equal(
            Operations(document).Select(o => o.Route).Where(r => r.Contains(" /api/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
            Operations(document).Select(o => o.Route).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_tag_has_operations_so_that_no_heading_is_empty()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var used = Operations(document).SelectMany(o => o.Operation.GetProperty("tags").EnumerateArray()).Select(tag => tag.GetString()!)
            .ToHashSet();
        Assert.Equal(used.Order(StringComparer.Ordinal),
            document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()!)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_takes_and_answers()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var ids = new HashSet<string>();
        foreach (var (route, operation) in Operations(document))
        {
            Assert.False(string.IsNullOrEmpty(operation.GetProperty("summary").GetString()), route);
            Assert.True(ids.Add(operation.GetProperty("operationId").GetString()!), route);
            var responses = operation.GetProperty("responses");
            Assert.True(responses.GetProperty("200").GetProperty("content").GetProperty("application/json").TryGetProperty("schema", out _),
                route);
            foreach (var response in responses.EnumerateObject().Where(r => r.Name[0] is '4' or '5'))
                Assert.True(response.Value.GetProperty("content").GetProperty("application/problem+json").TryGetProperty("schema", out _),
                    $"{route} {response.Name}");
            if (operation.TryGetProperty("requestBody", out var request))
                Assert.True(request.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _), route);
            if (!operation.TryGetProperty("parameters", out var parameters)) continue;
            foreach (var parameter in parameters.EnumerateArray())
                Assert.False(string.IsNullOrEmpty(parameter.GetProperty("description").GetString()), $"{route} {parameter}");
        }
    }

    [Fact]
    public async Task No_operation_takes_a_query_parameter_that_it_does_not_declare()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        foreach (var (route, operation) in Operations(document))
        {
            Assert.True(operation.GetProperty("responses").TryGetProperty("400", out _), route);
            var (method, path) = (route[..route.IndexOf(' ')], route[(route.IndexOf(' ') + 1)..]);
            var at = Regex.Replace(path, @"\{\w+\}", "shop");
            var faults = await Codes(new HttpMethod(method), $"{at}?nonsense=1", "{}");
            Assert.Contains(("nonsense", "unknown-field"), faults);
        }
    }

    [Fact]
    public async Task Every_example_of_a_body_is_taken_as_it_stands()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var register = document.GetProperty("paths").GetProperty("/api/discovery/register").GetProperty("post");
        var example = register.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example")
            .ToString();
        Assert.Equal(200, (await registry.Send(HttpMethod.Post, "/api/discovery/register", example)).Status);
        foreach (var (method, path, at) in ((HttpMethod, string, string)[])[(HttpMethod.Post, "/api/traffic/routes", "/api/traffic/routes"),
            (HttpMethod.Put, "/api/traffic/policies/{service}", "/api/traffic/policies/shop")])
        {
            var body = document.GetProperty("paths").GetProperty(path).GetProperty(method.Method.ToLowerInvariant())
                .GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").ToString();
            var (status, answer, _) = await registry.Send(method, at, body);
            Assert.True(status == 200, answer.ToString());
        }
    }

    [Fact]
    public async Task What_the_schema_of_a_body_has_is_what_is_read_and_what_it_requires_is_required()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var bodies = 0;
        var unread = new List<string>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                if (!method.Value.TryGetProperty("requestBody", out var body)) continue;
                bodies++;
                var schema = Resolved(document, body.GetProperty("content").GetProperty("application/json").GetProperty("schema"));
                var at = path.Name.Replace("{service}", "shop", StringComparison.Ordinal)
                    .Replace("{name}", "shop", StringComparison.Ordinal);
                var route = $"{method.Name} {path.Name}";
                // An unset field is null: none of them is one that there is not.
                var nulls = string.Join(',', schema.GetProperty("properties").EnumerateObject().Select(field => $"\"{field.Name}\":null"));
                var all = await Codes(new HttpMethod(method.Name.ToUpperInvariant()), at, $"{{{nulls}}}");
                unread.AddRange(all.Where(fault => fault.Code == "unknown-field").Select(fault => $"{route} {fault.Field}"));
                string[] required = schema.TryGetProperty("required", out var names)
                    ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
                    : [];
                var none = await Codes(new HttpMethod(method.Name.ToUpperInvariant()), at, "{}");
                // What the path names need not stand in the body.
                Assert.True(required.All(name => none.Any(fault => fault.Field == name) || path.Name.Contains($"{{{name}}}")),
                    $"{route} requires {string.Join(", ", required)} and misses {string.Join(", ", none)}");
            }
        }

        Assert.True(bodies > 30);
        // The Registry gives a rollout its id; the record is that of the event too.
        Assert.Equal(["post /api/traffic/rollouts id", "post /api/v1/traffic/rollouts id"], unread);
    }

    [Fact]
    public async Task Bounds_of_parameters_are_in_the_document()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var limit = document.GetProperty("paths").GetProperty("/api/v1/events").GetProperty("get").GetProperty("parameters")
            .EnumerateArray().Single(parameter => parameter.GetProperty("name").GetString() == "limit").GetProperty("schema");
        Assert.Equal((1, 1000), (limit.GetProperty("minimum").GetInt32(), limit.GetProperty("maximum").GetInt32()));
    }

    private static JsonElement Resolved(JsonElement document, JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
        : schema;

    private async Task<IReadOnlyList<(string Field, string Code)>> Codes(HttpMethod method, string path, string body)
    {
        var (status, answer, _) = await registry.Send(method, path, body, ("If-Match", "\"999999\""));
        return status == 400
            ? [.. answer.GetProperty("errors").EnumerateArray()
                .Select(fault => (fault.GetProperty("field").GetString()!, fault.GetProperty("code").GetString()!))]
            : [];
    }

    [Fact]
    public async Task The_schema_of_a_registration_names_its_fields_and_what_they_mean()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var schema = document.GetProperty("components").GetProperty("schemas").GetProperty("RegistrationRequest");
        var fields = schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["address", "deregisterAfterCritical", "healthCheck", "instanceId", "metadata", "name", "namespace", "port", "protocol",
                "replace", "ttlSeconds", "url", "version", "weight", "zone"], fields);
    }
}
