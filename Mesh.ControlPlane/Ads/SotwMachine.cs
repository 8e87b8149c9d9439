using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// State of the world: each request names everything the client wants of a type. Responses of listeners and clusters always hold all of it
/// (what is missing is gone); responses of routes and endpoints hold what is new, and nothing can be taken away. What is new comes in parts
/// where it is long.
/// </summary>
public sealed class SotwMachine(TimeProvider time, IPushObserver observer, string controlPlane)
    : AdsMachine<DiscoveryRequest, DiscoveryResponse>(time, observer)
{
    /// <summary>
    /// Bytes of routes or endpoints in one response; a larger resource goes alone. gRPC's clients take no message above 4 MB. Listeners and
    /// clusters cannot be parted: a client takes for gone what a response lacks.
    /// </summary>
    public const int MaxResponseBytes = 3 << 20;

    // Tag and length before each resource, which Size does not count.
    private const int Framing = 8;
    private readonly string?[] _nonces = new string?[XdsTypes.Count];
    private readonly bool[] _named = new bool[XdsTypes.Count];

    /// <inheritdoc/>
    public override string? Receive(DiscoveryRequest request)
    {
        if (XdsTypes.Parse(request.TypeUrl) is not { } xdsType) return null;
        if (request.ResourceNames.Count > MaxNames)
            return $"{request.ResourceNames.Count} names of {request.TypeUrl} in one subscription; at most {MaxNames} are served.";
        var type = State(xdsType);
        var last = _nonces[xdsType.Order];

        // A nonce that is not the last one answers what has been overtaken, as each part but the last of a long answer is: whether the
        // client took it counts, but its names do not, since it will answer the newer response too. Before the first response it can only
        // be one of an earlier stream, and answers nothing.
        if (last is not null && request.ResponseNonce.Length > 0) Answer(type, request.ResponseNonce, request.ErrorDetail);
        if (last is not null && request.ResponseNonce.Length > 0 && request.ResponseNonce != last) return null;
        Subscribe(type, request);
        type.Share(View);
        return null;
    }

    /// <inheritdoc/>
    protected override DiscoveryResponse? Build(TypeState type, bool changes)
    {
        var all = type.Type.IsFullState ? Everything(type, changes) : News(type, changes);
        var resources = type.Type.IsFullState ? all : FirstOf(all);
        var owed = type.NeedsEmptyResponse;
        type.NeedsEmptyResponse = false;
        if (resources.Count < all.Count) type.Given([.. resources.Select(r => r.Name)], all: false, changes);
        else GiveAll(type, changes);
        if (resources.Count == 0 && !owed) return null;
        var replacing = type.Replacing(resources);
        foreach (var resource in resources)
        {
            if (!ReferenceEquals(type.Sent.Find(resource.Name), resource) && !type.PendingRemovals.ContainsKey(resource.Name))
                type.Record(resource);
        }

        // What is left of the changes has their causes with it.
        return Response(type, resources, replacing, [], changes && !type.HasChanges);
    }

    /// <inheritdoc/>
    protected override DiscoveryResponse? BuildRemoval(TypeState type, IReadOnlyList<string> names)
    {
        foreach (var name in names) type.Forget(name);
        return type.Type.IsFullState
            ? Response(type, [.. type.Sent.Values.OrderBy(r => r.Name, StringComparer.Ordinal)], [], names, changes: true)
            : null;
    }

    private void Subscribe(TypeState type, DiscoveryRequest request)
    {
        var first = !type.Requested;
        if (first)
        {
            type.Requested = true;
            type.ComesBack = request.VersionInfo.Length > 0;
            Observer.Subscribed(type.Type);
        }

        var names = request.ResourceNames.ToHashSet(StringComparer.Ordinal);
        var star = names.Remove("*");
        _named[type.Type.Order] |= names.Count > 0;
        var wildcard = star || (type.Type.IsFullState && names.Count == 0 && !_named[type.Type.Order]);
        foreach (var gone in type.Names.Keys.Where(n => !names.Contains(n)).ToList()) type.Unsubscribe(gone);
        var added = names.Where(n => type.Names.Set(n, n)).ToList();
        var widened = wildcard && !type.Wildcard;
        if (widened)
        {
            type.Wildcard = true;
            CoverNow(type);
        }
        else if (!wildcard && type.Wildcard)
        {
            type.EndWildcard();
        }

        var question = NextQuestion();
        var owed = added.Count(name => Asked(type, name, question));
        if (widened) type.Pending.Add(type.Covered);
        if (type.Type.IsFullState && ((first && added.Count == 0) || owed > 0 || widened)) type.NeedsEmptyResponse = true;
    }

    /// <inheritdoc/>
    protected override void AddPending(TypeState type, string name)
    {
        base.AddPending(type, name);
        if (type.Type.IsFullState) type.NeedsEmptyResponse = true;
    }

    private static void GiveAll(TypeState type, bool changes)
    {
        type.Again.ExceptWith(type.Pending.Keys);
        type.Pending.Clear();
        if (!changes) return;
        type.Changed.Clear();
        type.Again.Clear();
    }

    private static List<XdsResource> FirstOf(List<XdsResource> resources)
    {
        var count = 0;
        for (var bytes = 0; count < resources.Count; count++)
        {
            bytes += resources[count].Size + Framing;
            if (count > 0 && bytes > MaxResponseBytes) break;
        }

        return count < resources.Count ? resources[..count] : resources;
    }

    private List<XdsResource> Everything(TypeState type, bool changes)
    {
        var resources = new List<XdsResource>();
        foreach (var name in type.Wildcard ? type.Names.Keys.Union(type.Covered.Keys, StringComparer.Ordinal) : type.Names.Keys)
        {
            // A client does not take a name that is new to it for gone because a response lacks it; it waits for the next.
            if (type.Unconfirmed.ContainsKey(name)) continue;

            // Where changes have to wait, what was not asked for just now is repeated as it was sent before.
            var sent = type.Sent.Find(name);
            var resource = !changes && sent is not null && !type.Pending.Contains(name) ? sent : Scope.Resolve(View, type.Type, name);
            if (resource is not null) resources.Add(resource);
        }

        // What is leaving is still there until it is taken away.
        if (type.PendingRemovals.Count > 0)
        {
            var names = resources.Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
            resources.AddRange(type.PendingRemovals.Keys.Where(n => !names.Contains(n)).Select(n => type.Sent.Find(n))
                .OfType<XdsResource>());
        }

        resources.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return resources;
    }

    private List<XdsResource> News(TypeState type, bool changes)
    {
        var names = type.Pending.Keys;
        if (changes) names = names.Union(type.Changed).Union(type.Again);
        return [.. names.Select(n => Scope.Resolve(View, type.Type, n)).OfType<XdsResource>().OrderBy(r => r.Name, StringComparer.Ordinal)];
    }

    private DiscoveryResponse Response(
        TypeState type, List<XdsResource> resources, List<(XdsResource New, XdsResource? Old)> replacing,
        IReadOnlyCollection<string> removed, bool changes)
    {
        var sent = Send(type, resources, removed, replacing, changes, out _);
        _nonces[type.Type.Order] = sent.Nonce;
        type.ComesBack = false;
        var response = new DiscoveryResponse
        {
            VersionInfo = sent.Version,
            TypeUrl = type.Type.Url,
            Nonce = sent.Nonce,
            ControlPlane = new Mesh.Xds.Protos.ControlPlane
            {
                Identifier = ControlPlaneIdentifier.Format(controlPlane, Log, sent.Sequence),
            },
        };
        response.Resources.AddRange(resources.Select(r => r.Packed));
        return response;
    }
}
