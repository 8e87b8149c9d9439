using Mesh.DataPlane.Balancing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What a client is told whose request no endpoint has answered: why, and which endpoints were asked. Flow step 9.</summary>
internal static class Undelivered
{
    /// <summary>The route's time was over first.</summary>
    public static Task TooLate(HttpContext context, Exchange exchange) => Answers.Refuse(context, Refusal.TimedOut, exchange.Listener.Name,
        $"Service '{exchange.Listener.Name}': no whole answer within the route's timeout.");

    /// <summary>No endpoint was there to send it to, or none of those tried could be reached.</summary>
    public static Task Without(HttpContext context, Exchange exchange, ClusterSnapshot? cluster)
    {
        var (service, clusterName) = (exchange.Listener.Name, exchange.Target!.Cluster);
        if (exchange.Tried is { } tried)
        {
            return Answers.Refuse(context, Refusal.Unreachable, service,
                $"No endpoint of service '{exchange.Who}' can be reached; tried {string.Join(", ", tried.Select(e => e.Address))}.");
        }

        if (cluster?.Endpoints.Any(e => e.Protocol == UpstreamProtocol.Tcp) == true)
            return Answers.Refuse(context, Refusal.NotHttp, service, $"Service '{exchange.Who}' speaks tcp; the gateway forwards HTTP only.");

        var why = cluster switch
        {
            null => $"its cluster '{clusterName}' has not been delivered by the control plane",
            { Config.Unresolved: true } => $"'{clusterName}' is not registered",
            { Endpoints.Count: 0 } => $"'{clusterName}' has no endpoint",
            _ => $"none of the {cluster.Endpoints.Count} endpoints of '{clusterName}' is healthy",
        };
        return Answers.Refuse(context, Refusal.NoEndpoint, service, $"Service '{exchange.Who}' cannot answer: {why}.");
    }

    /// <summary>The last endpoint that had it failed.</summary>
    public static Task After(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure failure)
    {
        if (failure.Kind == FailureKind.Malformed)
            return Answers.Refuse(context, Refusal.Malformed, exchange.Listener.Name, $"This request cannot be sent on: {failure.Reason}.");
        var refusal = failure.Kind switch
        {
            FailureKind.TimedOut or FailureKind.AttemptTimedOut => Refusal.TimedOut,
            FailureKind.NotConnected => Refusal.Unreachable,
            FailureKind.NotOffered => Refusal.NotOffered,
            FailureKind.HeadTooLarge => Refusal.HeadTooLarge,
            FailureKind.BadAnswer => Refusal.BadAnswer,
            _ when failure.IsUnreadable => Refusal.BadAnswer,
            _ => Refusal.Failed,
        };
        // What went wrong with the client's own request has been answered with its status already.
        if (failure.Kind == FailureKind.BadRequest && !context.Response.HasStarted)
            return Task.CompletedTask;
        return Answers.Refuse(context, refusal, exchange.Listener.Name,
            $"Endpoint {endpoint.State.Address} of service '{exchange.Who}': {failure.Reason}.");
    }
}
