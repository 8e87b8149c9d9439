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
/// A cluster that routes refer to and nobody has is served empty until somebody has it. Only flavours in use cost anything; one that comes
/// into use is in the next snapshot with everything there is. Called by one thread at a time.
/// </summary>
/// <param name="contributors">What the modules draft.</param>
/// <param name="inUse">The flavours to compile for from the beginning.</param>
public sealed class XdsCompiler(IEnumerable<IXdsContributor> contributors, params IEnumerable<XdsFlavour> inUse)
{
    private static readonly int Flavours = Enum.GetValues<XdsFlavour>().Length;
    private readonly ServiceCompiler _compiler = new(contributors);
    private readonly Dictionary<ServiceKey, CompiledService> _services = [];
    private readonly ReferenceTable _references = new(Flavours);
    private readonly ReferenceTable _common = new(Flavours);
    private readonly SortedDictionary<ServiceKey, IReadOnlyList<string>> _problems = [];
    private readonly HashSet<string>[] _unresolved = [
        .. Enumerable.Range(0, Flavours).Select(_ => new HashSet<string>(StringComparer.Ordinal))];
    private readonly long[] _work = new long[Flavours];
    private readonly SortedSet<XdsFlavour> _inUse = [.. inUse];
    private bool _isNewInUse;

    /// <summary>The flavours that are compiled for.</summary>
    public IReadOnlyCollection<XdsFlavour> InUse => _inUse;

    /// <summary>Services that do not compile now for a flavour in use, each with the reasons.</summary>
    public IReadOnlyDictionary<ServiceKey, IReadOnlyList<string>> Problems => _problems;

    /// <summary>
    /// Contributors that could not say at the last call which services they have, or which a change affects, each with the reason. What was
    /// compiled stays, and is compiled again with the next change.
    /// </summary>
    public IReadOnlyDictionary<string, string> ContributorFaults => _compiler.Faults;

    /// <summary>Clusters that routes of a flavour in use refer to and nobody has, by name.</summary>
    public IReadOnlyCollection<string> Unresolved =>
        Array.TrueForAll(_unresolved, clusters => clusters.Count == 0)
            ? []
            : [.. _unresolved.SelectMany(clusters => clusters).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>How many services the last call compiled whole, and of how many only the endpoints.</summary>
    public (int Whole, int EndpointsOnly) LastWork { get; private set; }

    /// <summary>How often a service was compiled for a flavour since the start, whole or only its endpoints.</summary>
    public long WorkFor(XdsFlavour flavour) => _work[(int)flavour];

    /// <summary>Brings flavours into use: the next call compiles every service for them, and each call after it what changes.</summary>
    public void Use(IEnumerable<XdsFlavour> flavours)
    {
        foreach (var flavour in flavours) _isNewInUse |= _inUse.Add(flavour);
    }

    /// <summary>Compiles a change into the snapshot after <paramref name="last"/>.</summary>
    public XdsSnapshot Compile(StateChange change, XdsSnapshot last)
    {
        LastWork = default;
        _compiler.Faults.Clear();
        var views = new XdsView.Builder?[Flavours];
        foreach (var flavour in _inUse) views[(int)flavour] = last.ToBuilder(flavour);
        if (_inUse.Count > 0) Compile(change, views);
        return last.Next(change.State.Position, views, change.Causes, change.State);
    }

    private void Compile(StateChange change, XdsView.Builder?[] views)
    {
        var services = (change.Reset ? null : _compiler.Affected(change.State, change.Streams)) ?? All(change.State);
        var open = new Queue<ServiceKey>(services);
        var seen = new HashSet<ServiceKey>(open);
        while (open.TryDequeue(out var service))
        {
            // A subset's cluster lives while somebody's routes name it: its owner is compiled again where they begin or cease to.
            foreach (var owner in Compile(change.State, service, isTouched: true, views))
            {
                if (seen.Add(owner)) open.Enqueue(owner);
            }
        }

        if (!_isNewInUse) return;
        foreach (var service in All(change.State).Where(service => !seen.Contains(service)).ToList())
            Compile(change.State, service, isTouched: false, views);
        _isNewInUse = false;
    }

    private IEnumerable<ServiceKey> All(MeshState state) => _compiler.Services(state).Concat(_services.Keys).Distinct();

    /// <param name="state">Of which the service is compiled.</param>
    /// <param name="key">The service.</param>
    /// <param name="isTouched">
    /// Whether it may have changed; else it is compiled only for flavours that it has not been compiled for.
    /// </param>
    /// <param name="views">Where its resources go.</param>
    /// <returns>Other services that have to be compiled because of it.</returns>
    private IEnumerable<ServiceKey> Compile(MeshState state, ServiceKey key, bool isTouched, XdsView.Builder?[] views)
    {
        var failed = new List<string>();
        var old = _services.GetValueOrDefault(key);
        // Null where a contributor cannot say: then the configuration stays as it was.
        var shapes = Try<ImmutableArray<object?>?>(key, failed, null, () => _compiler.Shapes(state, key));
        if (shapes is null && old is null)
        {
            _problems[key] = failed;
            return [];
        }

        if (shapes?.All(s => s is null) == true)
        {
            _problems.Remove(key);
            return _services.Remove(key) ? Apply(key, old, null, views) : [];
        }

        // What failed last time is tried again whole, in every flavour.
        var whole = old is null || (shapes is { } now && !old.HasShapes(now));
        isTouched |= whole;
        var isNew = false;
        var made = old?.Flavours.ToArray() ?? new CompiledFlavour?[Flavours];
        foreach (var flavour in _inUse)
        {
            ref var one = ref made[(int)flavour];
            if (one is not null && !isTouched) continue;
            isNew |= one is null;
            one = Make(state, key, flavour, one, whole || one is null, failed);
        }

        LastWork = whole || isNew ? (LastWork.Whole + 1, LastWork.EndpointsOnly) : (LastWork.Whole, LastWork.EndpointsOnly + 1);
        if (failed.Count > 0) _problems[key] = [.. failed.Distinct()];
        else _problems.Remove(key);

        // One flavour may have failed where the others were made: no shape is that of all, also not the one before.
        var service = new CompiledService(failed.Count == 0 && shapes is { } all ? all : [], [.. made]);
        _services[key] = service;
        return Apply(key, old, service, views);
    }

    private CompiledFlavour Make(MeshState state, ServiceKey key, XdsFlavour flavour, CompiledFlavour? last, bool whole,
        List<string> failed)
    {
        _work[(int)flavour]++;
        var made = last ?? CompiledFlavour.Empty;
        if (whole) made = Try(key, failed, made, () => _compiler.Configure(state, key, flavour, made));
        // Endpoints belong to clusters that other closures share: they follow the state even where this service's routes are held back.
        return made.Config.IsEmpty ? made : Try(key, failed, made, () => _compiler.Endpoints(state, key, flavour, made));
    }

    private static T Try<T>(ServiceKey key, List<string> failed, T last, Func<T> make)
    {
        try
        {
            return make();
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

    private HashSet<ServiceKey> Apply(ServiceKey key, CompiledService? old, CompiledService? now, XdsView.Builder?[] views)
    {
        var owners = new HashSet<ServiceKey>();
        foreach (var flavour in _inUse)
        {
            var view = views[(int)flavour]!;
            var before = old?.Of(flavour) ?? CompiledFlavour.Empty;
            var after = now?.Of(flavour) ?? CompiledFlavour.Empty;
            if (after.HasOtherEndpointsOnly(before))
            {
                foreach (var assignment in after.Endpoints) view.Set(assignment);
                continue;
            }

            foreach (var resource in after.All) view.Set(resource);
            foreach (var gone in before.All.Where(b => !after.All.Any(a => a.Type == b.Type && a.Name == b.Name)))
                view.Remove(gone.Type, gone.Name);
            if (!before.References.AsSpan().SequenceEqual(after.References.AsSpan()) || !ReferenceEquals(before.Variants, after.Variants))
            {
                _common.Replace((int)flavour, key, before.References, after.References);
                _references.Replace((int)flavour, key, before.AllReferences, after.AllReferences);
                view.SetClusters(key.MeshName, after.References);
                view.SetVaried(key.MeshName, VariantReducer.Of(after));
            }

            var changed = before.Subsets.Except(after.Subsets, StringComparer.Ordinal)
                .Concat(after.Subsets.Except(before.Subsets, StringComparer.Ordinal));
            owners.UnionWith(changed.Select(cluster => ServiceKey.FromMeshName(XdsNames.ServiceOf(cluster))).Where(owner => owner != key));
            Settle(view, flavour, before, after);
        }

        return owners;
    }

    /// <summary>Gives every unresolved cluster an empty placeholder, and removes placeholders that nothing refers to any more.</summary>
    private void Settle(XdsView.Builder view, XdsFlavour flavour, CompiledFlavour before, CompiledFlavour after)
    {
        foreach (var cluster in before.Clusters.Union(after.Clusters, StringComparer.Ordinal))
        {
            var referenced = _references.IsReferenced((int)flavour, cluster);
            var owned = IsOwned(cluster, flavour);
            if (referenced && !owned) _unresolved[(int)flavour].Add(cluster);
            else _unresolved[(int)flavour].Remove(cluster);

            if (!referenced && !owned)
            {
                view.Remove(XdsTypes.Cluster, cluster);
                view.Remove(XdsTypes.ClusterLoadAssignment, cluster);
            }
            else if (referenced && view.Find(XdsTypes.Cluster, cluster) is null)
            {
                view.Set(XdsResource.Of(ClusterBuilder.Unresolved(cluster, flavour)));
            }

            if (referenced && view.Find(XdsTypes.ClusterLoadAssignment, cluster) is null)
                view.Set(XdsResource.Of(LoadAssignmentBuilder.Of(cluster, flavour, [])));
            view.SetReserved(cluster, referenced && !_common.IsReferenced((int)flavour, cluster));
        }
    }

    private bool IsOwned(string cluster, XdsFlavour flavour) =>
        _services.TryGetValue(ServiceKey.FromMeshName(XdsNames.ServiceOf(cluster)), out var owner)
        && owner.Of(flavour).Config.Any(r => r.Type == XdsTypes.Cluster && r.Name == cluster);
}
