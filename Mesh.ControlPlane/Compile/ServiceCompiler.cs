using System.Collections.Immutable;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Compile;

/// <summary>Asks the contributors for one service and turns their drafts into resources. Flow step 6.</summary>
internal sealed class ServiceCompiler(IEnumerable<IXdsContributor> contributors)
{
    private readonly ImmutableArray<IXdsContributor> _contributors = [.. contributors.OrderBy(c => c.Order)];

    /// <summary>Contributors that could not say which services they have, or which a change affects, each with the reason.</summary>
    public SortedDictionary<string, string> Faults { get; } = new(StringComparer.Ordinal);

    /// <summary>All services that any contributor has something to compile for.</summary>
    public IEnumerable<ServiceKey> Services(MeshState state) =>
        _contributors.SelectMany(contributor => Ask(contributor, () => contributor.Services(state)) ?? []).Distinct();

    /// <summary>
    /// The services that a change of these log streams may affect; null where a contributor cannot say, so that it may be any.
    /// </summary>
    public IReadOnlyCollection<ServiceKey>? Affected(MeshState state, IEnumerable<string> streams)
    {
        var affected = new HashSet<ServiceKey>();
        foreach (var stream in streams)
        {
            foreach (var contributor in _contributors)
            {
                if (Ask(contributor, () => contributor.Affected(state, stream)) is not { } some) return null;
                affected.UnionWith(some);
            }
        }

        return affected;
    }

    public ImmutableArray<object?> Shapes(MeshState state, ServiceKey service) => [.. _contributors.Select(c => c.Shape(state, service))];

    /// <summary>
    /// Listener, routes, clusters and what the routes refer to, in all variants; endpoints are taken over from <paramref name="last"/>.
    /// </summary>
    /// <exception cref="XdsCompileException">A contributor named problems, or the drafts do not fit together.</exception>
    public CompiledFlavour Configure(MeshState state, ServiceKey service, XdsFlavour flavour, CompiledFlavour last)
    {
        var who = _contributors.Aggregate(XdsVariants.None, (all, contributor) => all.And(contributor.Variants(state, service)));
        var common = Configure(state, service, flavour, XdsVariant.Common, last);
        if (who.IsNone) return common;
        return common with
        {
            Who = who,
            Variants = who.All.ToImmutableDictionary(variant => variant,
                variant => Configure(state, service, flavour, variant, CompiledFlavour.Empty)),
        };
    }

    /// <summary>The load assignments, in all variants.</summary>
    public CompiledFlavour Endpoints(MeshState state, ServiceKey service, XdsFlavour flavour, CompiledFlavour made)
    {
        var endpoints = Endpoints(state, service, flavour, XdsVariant.Common);
        return made with
        {
            // The same bytes keep their object, which is what streams compare first.
            Endpoints = [.. endpoints.Select(r => made.Endpoints.FirstOrDefault(o => o.Hash == r.Hash) ?? r)],
            // Callers differ in routes alone.
            Variants = made.Variants.IsEmpty ? made.Variants : made.Variants.ToImmutableDictionary(
                v => v.Key, v => v.Value with { Endpoints = v.Key.Candidate ? Endpoints(state, service, flavour, v.Key) : endpoints }),
        };
    }

    // A contributor may be anybody's: whatever it throws must not end the control plane, and is shown as its fault.
    private List<ServiceKey>? Ask(IXdsContributor contributor, Func<IEnumerable<ServiceKey>> ask)
    {
        try
        {
            return [.. ask()];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Faults[contributor.GetType().FullName ?? contributor.GetType().Name] = $"{exception.GetType().Name}: {exception.Message}";
            return null;
        }
    }

    private ImmutableArray<XdsResource> Endpoints(MeshState state, ServiceKey service, XdsFlavour flavour, XdsVariant variant)
    {
        var draft = new XdsEndpointsDraft(state, service, flavour, variant);
        foreach (var contributor in _contributors) contributor.Endpoints(draft);
        return [.. draft.Assignments.Values.Select(XdsResource.Of)];
    }

    private CompiledFlavour Configure(MeshState state, ServiceKey service, XdsFlavour flavour, XdsVariant variant, CompiledFlavour last)
    {
        var draft = new XdsDraft(state, service, flavour, variant);
        foreach (var contributor in _contributors) contributor.Configure(draft);
        Check(draft);
        if (draft.Problems.Count > 0) throw new XdsCompileException([.. draft.Problems]);

        var config = ImmutableArray.CreateBuilder<XdsResource>();
        foreach (var cluster in draft.Clusters.Values) config.Add(XdsResource.Of(cluster));
        if (draft.Listener is not null) config.Add(XdsResource.Of(draft.Listener));
        if (draft.Routes is not null) config.Add(XdsResource.Of(draft.Routes));
        var references = draft.Routes is null ? [] : RouteConfigurationBuilder.ClustersOf(draft.Routes);
        // Its subsets belong to whoever leads to them: they are in the closures that name them, and in no other.
        if (draft.Clusters.ContainsKey(draft.Name)) references = references.Append(draft.Name);
        return last with
        {
            Config = config.ToImmutable(),
            Subsets = [.. draft.Subsets],
            References = [.. references.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Who = XdsVariants.None,
            Variants = CompiledFlavour.Empty.Variants,
        };
    }

    private static void Check(XdsDraft draft)
    {
        if (draft.Listener is { } listener && listener.Name != draft.Name)
            draft.Problems.Add($"listener '{listener.Name}' of service '{draft.Name}' must bear the service's name");
        if (draft.Routes is { } routes && routes.Name != draft.Name)
            draft.Problems.Add($"route configuration '{routes.Name}' of service '{draft.Name}' must bear the service's name");
        foreach (var (name, cluster) in draft.Clusters)
        {
            if (cluster.Name != name || XdsNames.ServiceOf(name) != draft.Name)
                draft.Problems.Add(
                    $"cluster '{cluster.Name}' is drafted under '{name}' by service '{draft.Name}', which may only have '{draft.Name}' "
                        + $"and '{draft.Name}@…'");
        }

        var empty = draft.Routes?.VirtualHosts.SelectMany(h => h.Routes)
            .FirstOrDefault(r => r.Route_?.WeightedClusters is { } w && !w.Clusters.Any(c => c.Weight > 0));
        if (empty is not null)
            draft.Problems.Add($"route '{empty.Name}' of service '{draft.Name}' has no destination with a weight above 0");
    }
}

/// <summary>A service's drafts cannot become resources.</summary>
public sealed class XdsCompileException(IReadOnlyList<string> problems) : Exception(string.Join("; ", problems))
{
    /// <summary>Each names the resource at fault.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
