using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Xds;
using Mesh.Resilience.RateLimits;
using Mesh.Resilience.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Resilience.Xds;

/// <summary>Timeouts, rate limits and the fallback on a service's routes.</summary>
internal static class RoutePolicyCompiler
{
    public static void Connect(Cluster cluster, ServicePolicies policies)
    {
        if (policies.Get<TimeoutPolicy>()?.ConnectMs is { } milliseconds) cluster.ConnectTimeout = Milliseconds(milliseconds);
    }

    /// <summary>The time limits where a route has none of its own; 0 is none.</summary>
    public static void Time(RouteConfiguration routes, XdsFlavour flavour, ServicePolicies policies)
    {
        if (policies.Get<TimeoutPolicy>() is not { } policy) return;
        foreach (var action in routes.VirtualHosts.SelectMany(host => host.Routes).Select(route => route.Route_).OfType<RouteAction>())
        {
            var unlimited = action.Timeout is null || action.Timeout.Equals(new Duration());
            if (flavour == XdsFlavour.Grpc)
            {
                // gRPC's client reads this one only.
                if (policy.RequestMs is { } limit && unlimited && action.MaxStreamDuration is null)
                    action.MaxStreamDuration = new RouteAction.Types.MaxStreamDuration { MaxStreamDuration_ = Milliseconds(limit) };
                continue;
            }

            if (policy.RequestMs is { } request && unlimited) action.Timeout = Milliseconds(request);
            if (policy.IdleMs is { } idle && action.IdleTimeout is null) action.IdleTimeout = Milliseconds(idle);
        }
    }

    /// <summary>
    /// A local limit is one bucket for all routes of the service, in Envoy's own words; a global one is for the mesh's own data plane.
    /// </summary>
    public static void Limit(XdsDraft draft, ServicePolicies policies)
    {
        if (policies.Get<RateLimitPolicy>() is not { } policy || draft.Flavour == XdsFlavour.Grpc) return;
        if (policy.Scope == RateLimitScope.Local)
        {
            if (draft.Listener is null || !LocalRateLimits.AddTo(draft.Listener)) return;
            var fill = TokenFill.Of(policy);
            foreach (var host in draft.Routes!.VirtualHosts)
                LocalRateLimits.Limit(host, draft.Name, (uint)policy.Burst, (uint)fill.Tokens, fill.Interval);
            return;
        }

        if (draft.Flavour != XdsFlavour.Mesh) return;
        new SharedRateLimits(policy.Requests, (int)TokenFill.UnitOf(policy).TotalSeconds,
            policy.Burst).WriteTo(draft.Routes!.Metadata ??= new Metadata());
    }

    /// <summary>The fallback, for the mesh's own data plane: the cluster of another service.</summary>
    public static void FallBack(RouteConfiguration routes, XdsFlavour flavour, ServicePolicies policies)
    {
        if (flavour != XdsFlavour.Mesh || policies.Get<FallbackPolicy>() is not { } policy) return;
        MeshMetadata.Set(routes.Metadata ??= new Metadata(), MeshMetadata.Fallback,
            Value.ForString(new ServiceKey(policy.Namespace, policy.Service).MeshName));
    }

    private static Duration Milliseconds(int milliseconds) => Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds));
}
