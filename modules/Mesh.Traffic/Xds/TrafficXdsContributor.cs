using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Traffic.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>
/// A service's routes, in the order in which they are tried and before the plain one; the clusters of those of its subsets that any route
/// leads to; and how instances are chosen (Flow step 6). A destination that does not exist is left to the compiler, which serves it empty.
/// </summary>
public sealed class TrafficXdsContributor : IXdsContributor
{
    /// <inheritdoc/>
    public int Order => 10;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) =>
        Traffic(state) is { } traffic ? traffic.Services.Select(service => service.Key).Concat(traffic.Divided) : [];

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream)
    {
        if (TrafficStreams.KeyOf(stream) is not { } key) return [];
        // Those whose subsets a route has begun to name; those that it named before are known by what was compiled of it.
        var targets = Traffic(state)?.Find(key)?.Targets.Where(target => target.Subset is not null).Select(target => target.Service);
        return [key, .. (targets ?? []).Distinct().Where(target => target != key)];
    }

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service)
    {
        if (Traffic(state) is not { } traffic) return null;
        var known = traffic.Find(service);
        var subsets = string.Join(' ', traffic.SubsetsOf(service));
        if (known is null && subsets.Length == 0) return null;
        // A route's version rises with every change, and goes on rising when it is removed and made again.
        var routes = known is null ? "" : string.Join(' ', known.Routes.Values.Select(route => $"{route.Name}={route.Version}"));
        return $"{routes}|{known?.Policy?.Version}|{subsets}|{known?.Rollout?.Version}";
    }

    /// <inheritdoc/>
    public XdsVariants Variants(MeshState state, ServiceKey service)
    {
        if (Traffic(state)?.Find(service) is not { } known) return XdsVariants.None;
        var callers = known.Callers.Union(known.Candidate.Callers);
        if (known.Rollout is not { Active: true } rollout) return callers.IsEmpty ? XdsVariants.None : new XdsVariants(callers, null);
        return new XdsVariants(callers, new XdsRollout(rollout.Spec.Id, rollout.Percent, rollout.Started));
    }

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        if (Traffic(draft.State) is not { } traffic) return;
        var all = traffic.Find(draft.Service);
        var known = draft.Variant.Candidate ? all?.Candidate : all;
        var view = draft.State.TryFacts<IServiceCatalog>()?.Find(draft.Service);
        if (view is not null)
        {
            foreach (var name in traffic.SubsetsOf(draft.Service).Select(subset => XdsNames.Subset(draft.Name, subset)))
                draft.Clusters[name] = ClusterBuilder.Eds(name, draft.Flavour, CatalogEndpoints.Wire(view.Protocol));
            if (known?.Policy?.Spec.LoadBalancing is { } balancing)
            {
                foreach (var cluster in draft.Clusters.Values) BalancingCompiler.Apply(balancing, cluster, draft.Flavour);
            }
        }

        if (all is not null)
            draft.Subsets.UnionWith(all.Targets.Where(target => target.Subset is not null).Select(target => target.Cluster));
        // Routes are rules of HTTP: what passes bytes through has none.
        if (known is null || known.Routes.IsEmpty || view?.Protocol == MeshProtocol.Tcp) return;
        draft.Listener ??= draft.Flavour == XdsFlavour.Envoy ? ListenerBuilder.HttpTemplate(draft.Name) : ListenerBuilder.Api(draft.Name);
        draft.Routes ??= RouteConfigurationBuilder.Default(draft.Name, draft.Flavour);
        var rules = RuleCompiler.Compile(known, draft.Variant.Caller, draft.Flavour, view?.Protocol ?? MeshProtocol.Http).ToList();
        var host = draft.Routes.VirtualHosts[0];
        // What stands behind a rule that takes everything would never be used, yet keep a cluster alive.
        if (rules.FindIndex(RuleCompiler.TakesAll) is var last and >= 0)
        {
            rules.RemoveRange(last + 1, rules.Count - last - 1);
            host.Routes.Clear();
        }

        for (var i = 0; i < rules.Count; i++) host.Routes.Insert(i, rules[i]);
        if (rules.Any(rule => rule.TypedPerFilterConfig.ContainsKey(HttpFilters.Fault)) && draft.Listener is not null)
            HttpFilters.AddBeforeRouter(draft.Listener, HttpFilters.Fault, new HTTPFault());
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
        if (Traffic(draft.State) is not { } traffic || draft.State.TryFacts<IServiceCatalog>()?.Find(draft.Service) is not { } view) return;
        var known = traffic.Find(draft.Service);
        var policy = (draft.Variant.Candidate ? known?.Candidate : known)?.Policy?.Spec;
        var failover = policy?.LoadBalancing?.Failover;
        if (failover is not null) Assign(draft, draft.Name, view.Instances, failover);
        foreach (var subset in traffic.SubsetsOf(draft.Service))
            Assign(draft, XdsNames.Subset(draft.Name, subset), Subsets.Of(view, subset, policy), failover);
    }

    private static void Assign(XdsEndpointsDraft draft, string cluster, IEnumerable<InstanceView> instances,
        IReadOnlyList<string>? failover) =>
        draft.Assignments[cluster] = LoadAssignmentBuilder.Of(cluster, draft.Flavour,
            CatalogEndpoints.Of(instances.Where(instance => instance.Routable)), failover);

    private static TrafficState? Traffic(MeshState state) => state.TryFacts<TrafficState>();
}
