using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Api;

/// <summary>Operations on routes and traffic policies: what each takes, requires and answers.</summary>
internal static class TrafficOperations
{
    private const string RouteExample =
        """{"service":"shop","name":"beta","priority":10,"match":[{"path":{"prefix":"/cart"},"methods":["GET"],"headers":["""
            + """{"name":"x-user","exact":"beta"}]}],"destinations":[{"service":"shop","subset":"v1","weight":80},"""
            + """{"service":"shop","subset":"v2","weight":20}],"timeout":"2s","retry":{"attempts":2,"perTryTimeout":"500ms","on":"""
            + """["5xx","connect-failure","unavailable"],"backoff":{"base":"25ms","max":"250ms"}},"headers":{"request":{"set":"""
            + """{"x-a":"b"},"remove":["x-c"]}},"mirror":[{"service":"shop","subset":"v3","percent":10}],"fault":{"delay":"""
            + """{"fixed":"200ms","percent":5}}}""";

    private const string RouteAnswerExample =
        """{"namespace":"default","service":"shop","name":"default","priority":0,"destinations":["""
            + """{"service":"shop","subset":"v1","weight":80},{"service":"shop","subset":"v2","weight":20}],"order":1,"unresolved":"""
            + """["shop@v2"],"revision":3}""";

    private const string WriteExample =
        """{"changed":true,"sequence":42,"service":"shop","namespace":"default","route":"beta","destinations":2,"revision":1}""";

    private const string PolicyExample =
        """{"subsets":[{"name":"canary","selector":{"track":"canary"}}],"loadBalancing":"""
            + """{"policy":"least_request","zoneAware":true,"failover":["z1","z2"],"slowStart":"30s","panicThreshold":30}}""";

    /// <summary>Of all operations under this heading, those of rollouts too.</summary>
    public static OperationGroup Group { get; } = OperationGroup.OfModule("Traffic", "/traffic", TrafficEndpoints.Permissions);

    public static Parameter<string?> ServiceInPath { get; } = Parameter.InPath("service", "The service.", "shop");

    public static Parameter<string?> NameInPath { get; } = Parameter.InPath("name", "The route.", "default");

    public static Parameter<string?> Service { get; } = Parameter.Label("service", "The service.", "shop");

    public static Parameter<string?> OnlyService { get; } = Parameter.Text("service", "Only this service.", "shop");

    public static Parameter<string?> Name { get; } = Parameter.NonEmpty("name", "The route.", "beta");

    public static Parameter<string?> Destination { get; } =
        Parameter.NonEmpty("destination", "A destination of the route `default`: `service[.namespace][@subset]`.");

    public static Operation SetRoute { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/routes", "setRoute",
        "Makes or changes a route")
    {
        Rpc = V1.Traffic.Descriptor.Method("SetRoute"),
        Description = """
            A route of the same `name` is replaced as a whole; a request that changes nothing answers `"changed": false` and adds no event.
            With neither `name` nor `match` nor anything else beside `destinations`, these are added to the route named `default`. A route
            with a `match` and without a `name` gets a name made from the match.

            Destinations need not exist: a request to one that no instance serves gets a 503 (gRPC: UNAVAILABLE) that names it, and `GET`
            lists it as `unresolved`. Two routes of a service that take the same requests at the same priority are refused with 409.
            """,
        Body = typeof(RouteSpec),
        BodyExample = RouteExample,
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.Conflict, RefusalKind.LimitReached],
    };

    public static Operation RemoveRoute { get; } = new(Group, OperationKind.Write, HttpMethods.Delete, "/routes", "removeRoute",
        "Removes a route, or one destination of the route `default`")
    {
        Rpc = V1.Traffic.Descriptor.Method("RemoveRoute"),
        Description =
            "Set `name` or `destination`. Removing the last destination removes the route. What does not exist answers `\"changed\": "
                + "false`.",
        Parameters = [Service, StandardParameters.Namespace, Name, Destination],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":43,"service":"shop","namespace":"default","route":"beta","destinations":0}""",
        Refusals = [RefusalKind.Conflict],
    };

    public static Operation ListRoutes { get; } = new(Group, OperationKind.Watch, HttpMethods.Get, "/routes", "listRoutes",
        "Lists routes in the order in which they are tried")
    {
        Rpc = V1.Traffic.Descriptor.Method("ListRoutes"),
        Description =
            "Higher priority first; then by path: exact, template, prefix, regex, none; then the longer path; then more conditions; "
                + "then by name. Requests that match no route go to the service itself. With `afterSequence` the answer waits until a "
                + "route or policy that the filter shows has changed since, or `wait` is over.",
        Parameters = [StandardParameters.OnlyNamespace, OnlyService],
        Answer = typeof(RouteListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{RouteAnswerExample}}]}""",
    };

    public static Operation GetRoute { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/routes/{service}/{name}", "getRoute",
        "Shows one route")
    {
        Parameters = [ServiceInPath, NameInPath, StandardParameters.Namespace],
        Answer = typeof(RouteAnswer),
        AnswerExample = RouteAnswerExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation PutPolicy { get; } = new(Group, OperationKind.Write, HttpMethods.Put, "/policies/{service}", "setTrafficPolicy",
        "Sets how a service's instances are load-balanced")
    {
        Rpc = V1.Traffic.Descriptor.Method("SetPolicy"),
        Description = "Named subsets of the instances, and how one instance is chosen. The service need not exist.",
        Parameters = [ServiceInPath, StandardParameters.Namespace],
        Body = typeof(TrafficPolicySpec),
        BodyExample = PolicyExample,
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":44,"service":"shop","namespace":"default","revision":1}""",
        Refusals = [RefusalKind.LimitReached],
    };

    public static Operation DeletePolicy { get; } = new(Group, OperationKind.Write, HttpMethods.Delete, "/policies/{service}",
        "removeTrafficPolicy", "Resets a service's traffic policy to the defaults")
    {
        Rpc = V1.Traffic.Descriptor.Method("RemovePolicy"),
        Parameters = [ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":45,"service":"shop","namespace":"default"}""",
    };

    public static Operation GetPolicy { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/policies/{service}", "getTrafficPolicy",
        "Shows a service's traffic policy")
    {
        Rpc = V1.Traffic.Descriptor.Method("GetPolicy"),
        Parameters = [ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(TrafficPolicyAnswer),
        AnswerExample = """{"namespace":"default","service":"shop","loadBalancing":{"policy":"least_request"},"revision":1}""",
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation ListPolicies { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/policies", "listTrafficPolicies",
        "Lists traffic policies")
    {
        Parameters = [StandardParameters.OnlyNamespace],
        Answer = typeof(TrafficPolicyListAnswer),
        AnswerExample =
            """{"sequence":42,"items":[{"namespace":"default","service":"shop","loadBalancing":"""
                + """{"policy":"least_request"},"revision":1}]}""",
    };
}
