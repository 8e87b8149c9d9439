using System.Collections.Immutable;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// State in, snapshot out (Flow step 6). Keeps what it made of every service and compiles only those that a change touches, and of those
/// only the endpoints while nothing else about them changed. A service that does not compile keeps its last good version; the others go on.
/// A cluster that routes refer to and nobody has is served empty until somebody has it. Called by one thread at a time.
/// </summary>
public sealed class XdsCompiler(IEnumerable<IXdsContributor> contributors)
{
    private static readonly XdsFlavour[] Flavours = Enum.GetValues<XdsFlavour>();
    private readonly ServiceCompiler _compiler = new(contributors);
    private readonly Dictionary<ServiceKey, CompiledService> _services = [];
    private readonly ReferenceTable _references = new(Flavours.Length);
    private readonly ReferenceTable _common = new(Flavours.Length);
    private readonly SortedDictionary<ServiceKey, IReadOnlyList<string>> _problems = [];
    private readonly SortedSet<string> _unresolved = new(StringComparer.Ordinal);

    /// <summary>Services that do not compile now, each with the reasons.</summary>
    public IReadOnlyDictionary<ServiceKey, IReadOnlyList<string>> Problems => _problems;

    /// <summary>Clusters that routes refer to and nobody has, by name.</summary>
    public IReadOnlyCollection<string> Unresolved => _unresolved;

    /// <summary>How many services the last call compiled whole, and of how many only the endpoints.</summary>
    public (int Whole, int EndpointsOnly) LastWork { get; private set; }

    /// <summary>Compiles a change into the snapshot after <paramref name="last"/>.</summary>
    public XdsSnapshot Compile(StateChange change, XdsSnapshot last)
    {
        LastWork = default;
        var views = Flavours.Select(f => last[f].ToBuilder()).ToArray();
        var services = change.Reset
            ? _compiler.Services(change.State).Concat(_services.Keys).Distinct()
            : change.Streams.SelectMany(stream => _compiler.Affected(change.State, stream)).Distinct();
        var open = new Queue<ServiceKey>(services);
        var seen = new HashSet<ServiceKey>(open);
        while (open.TryDequeue(out var service))
        {
            // A subset's cluster lives while somebody's routes name it: its owner is compiled again where they begin or cease to.
            foreach (var owner in Compile(change.State, service, views))
            {
                if (seen.Add(owner)) open.Enqueue(owner);
            }
        }

        return last.Next(change.State.Position, views, change.Causes);
    }

    private IEnumerable<ServiceKey> Compile(MeshState state, ServiceKey key, XdsView.Builder[] views)
    {
        var shapes = _compiler.Shapes(state, key);
        var old = _services.GetValueOrDefault(key);
        if (shapes.All(s => s is null))
        {
            _problems.Remove(key);
            return _services.Remove(key) ? Apply(key, old, null, views) : [];
        }

        // What failed last time is tried again whole: its shapes were never taken over.
        var whole = old is null || !old.HasShapes(shapes);
        var made = new CompiledFlavour[Flavours.Length];
        var failed = new List<string>();
        foreach (var flavour in Flavours) made[(int)flavour] = Make(state, key, flavour, old?.Flavours[(int)flavour], whole, failed);
        LastWork = whole ? (LastWork.Whole + 1, LastWork.EndpointsOnly) : (LastWork.Whole, LastWork.EndpointsOnly + 1);
        if (failed.Count > 0) _problems[key] = [.. failed.Distinct()];
        else _problems.Remove(key);

        var service = new CompiledService(failed.Count > 0 && whole ? old?.Shapes ?? [] : shapes, [.. made]);
        _services[key] = service;
        return Apply(key, old, service, views);
    }

    private CompiledFlavour Make(MeshState state, ServiceKey key, XdsFlavour flavour, CompiledFlavour? last, bool whole, List<string> failed)
    {
        var made = last ?? CompiledFlavour.Empty;
        if (whole) made = Try(key, failed, made, m => _compiler.Configure(state, key, flavour, m));
        // Endpoints belong to clusters that other closures share: they follow the state even where this service's routes are held back.
        return made.Config.IsEmpty ? made : Try(key, failed, made, m => _compiler.Endpoints(state, key, flavour, m));
    }

    private static CompiledFlavour Try(ServiceKey key, List<string> failed, CompiledFlavour last, Func<CompiledFlavour, CompiledFlavour> make)
    {
        try
        {
            return make(last);
        }
        catch (XdsCompileException problem)
        {
            failed.AddRange(problem.Problems);
        }
        // A contributor may be anybody's: whatever it throws concerns this service alone, and is shown as its problem.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            failed.Add($"service '{key.MeshName}': {exception.GetType().Name}: {exception.Message}");
        }

        return last;
    }

    private HashSet<ServiceKey> Apply(ServiceKey key, CompiledService? old, CompiledService? now, XdsView.Builder[] views)
    {
        var owners = new HashSet<ServiceKey>();
        foreach (var flavour in Flavours)
        {
            var view = views[(int)flavour];
            var before = old?.Flavours[(int)flavour] ?? CompiledFlavour.Empty;
            var after = now?.Flavours[(int)flavour] ?? CompiledFlavour.Empty;
            foreach (var resource in after.All) view.Set(resource);
            foreach (var gone in before.All.Where(b => !after.All.Any(a => a.Type == b.Type && a.Name == b.Name))) view.Remove(gone.Type, gone.Name);
            if (!before.References.AsSpan().SequenceEqual(after.References.AsSpan()) || !ReferenceEquals(before.Variants, after.Variants))
            {
                _common.Replace((int)flavour, key, before.References, after.References);
                _references.Replace((int)flavour, key, before.AllReferences, after.AllReferences);
                view.SetClusters(key.MeshName, after.References);
                view.SetVaried(key.MeshName, VariantReducer.Of(after));
            }

            var changed = before.Subsets.Except(after.Subsets, StringComparer.Ordinal).Concat(after.Subsets.Except(before.Subsets, StringComparer.Ordinal));
            owners.UnionWith(changed.Select(cluster => ServiceKey.FromMeshName(XdsNames.ServiceOf(cluster))).Where(owner => owner != key));
            Settle(view, flavour, before, after);
        }

        return owners;
    }

    /// <summary>Gives every referenced cluster that nobody has an empty stand-in, and takes away stand-ins nobody refers to any more.</summary>
    private void Settle(XdsView.Builder view, XdsFlavour flavour, CompiledFlavour before, CompiledFlavour after)
    {
        foreach (var cluster in before.Clusters.Union(after.Clusters, StringComparer.Ordinal))
        {
            var referenced = _references.IsReferenced((int)flavour, cluster);
            var owned = IsOwned(cluster, flavour);
            if (referenced && !owned) _unresolved.Add(cluster);
            else _unresolved.Remove(cluster);

            if (!referenced && !owned)
            {
                view.Remove(XdsType.Cluster, cluster);
                view.Remove(XdsType.ClusterLoadAssignment, cluster);
            }
            else if (referenced && view.Find(XdsType.Cluster, cluster) is null)
            {
                view.Set(XdsResource.Of(ClusterBuilder.Unresolved(cluster, flavour)));
            }

            if (referenced && view.Find(XdsType.ClusterLoadAssignment, cluster) is null)
                view.Set(XdsResource.Of(LoadAssignmentBuilder.Of(cluster, flavour, [])));
            view.SetReserved(cluster, referenced && !_common.IsReferenced((int)flavour, cluster));
        }
    }

    private bool IsOwned(string cluster, XdsFlavour flavour) =>
        _services.TryGetValue(ServiceKey.FromMeshName(XdsNames.ServiceOf(cluster)), out var owner)
        && owner.Flavours[(int)flavour].Config.Any(r => r.Type == XdsType.Cluster && r.Name == cluster);
}
