namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary>
/// By scenario: what a data plane does instead of what should hold. Each stands in <c>docs/data-planes.md</c> and is asserted.
/// </summary>
internal static class Deviations
{
    private const string PostOnly = "gRPC calls are POST: the rule takes none";
    private const string NoQuery = "gRPC calls have no query: the rule takes none";
    private const string NoAnswersOfRoutes = "the call fails, and reaches nobody";
    private const string NoRing =
        "instances take turns: this version's process ends over a ring ([grpc#31766](https://github.com/grpc/grpc/issues/31766)), so it "
            + "gets none";
    private const string NoQueue = "over HTTP/2 nobody waits for a connection: what is over `maxConcurrent` is refused at once";

    public static IReadOnlyDictionary<string, string> GrpcJs { get; } = new Dictionary<string, string>
    {
        ["random"] = "instances take turns",
        ["least_request"] = "instances take turns, busy or not",
        ["affinity_on_removal"] = "one in six of the others' calls moves too: the ring is made anew with more points for each",
        ["own_zone_first"] = "both zones get calls",
        ["gentle_failover"] = "the first zone keeps all calls while one of its instances can be reached",
        ["panic_threshold"] = "ejections count",
        ["fallback"] = "the calls are unavailable",
        ["http_method_matching"] = PostOnly,
        ["query_matching"] = NoQuery,
        ["header_changes"] = "headers stay as they are",
        ["path_rewrite"] = "paths stay as they are",
        ["mirror"] = "nobody gets copies",
        ["redirect"] = NoAnswersOfRoutes,
        ["direct_response"] = NoAnswersOfRoutes,
        ["sticky_cookie"] = "calls go anywhere: there are no cookies in gRPC",
        ["bulkhead"] = NoQueue,
        ["rate_limit"] = "nothing is limited",
        ["retry_on_http_status"] = "INTERNAL is not sent again: no HTTP status is seen, and `5xx` stands for UNAVAILABLE",
        ["per_try_timeout"] = "an attempt lasts until the route's timeout",
        ["retry_budget"] = "each is sent again",
        ["unresolved_destination_named"] = "gRPC says in its own words that there is nobody",
    };

    public static IReadOnlyDictionary<string, string> GrpcCore { get; } = new Dictionary<string, string>(
        GrpcJs.Where(row => row.Key != "unresolved_destination_named"))
    {
        ["route_order"] = "the same, but a prefix of more than two segments takes none: no gRPC method has such a path",
        ["affinity"] = NoRing,
        ["affinity_on_removal"] = NoRing,
        ["maglev"] = NoRing,
    };

    public static IReadOnlyDictionary<string, string> GrpcGateway { get; } = new Dictionary<string, string>
    {
        ["http_method_matching"] = PostOnly,
        ["query_matching"] = NoQuery,
        ["redirect"] = NoAnswersOfRoutes,
        ["direct_response"] = NoAnswersOfRoutes,
        ["bulkhead"] = NoQueue,
        ["retry_on_http_status"] = "INTERNAL is not sent again: the HTTP status of a failed call is 200",
    };

    public static IReadOnlyDictionary<string, string> HttpGateway { get; } = new Dictionary<string, string>
    {
        ["grpc_method_matching"] = "plain HTTP is not a gRPC call: the rule takes none",
        ["unknown_service"] = "404 instead of 503",
        ["api_listener"] = "404 instead of 503",
    };
}
