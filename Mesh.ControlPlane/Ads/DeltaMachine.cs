using System.Globalization;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Delta: requests change the subscription, responses hold what changed. Every subscribed name is answered, also one subscribed already; an
/// absent one at once among the removed. A request without a nonce is not an answer to anything.
/// </summary>
public sealed class DeltaMachine(TimeProvider time, IPushObserver observer, string controlPlane)
    : AdsMachine<DeltaDiscoveryRequest, DeltaDiscoveryResponse>(time, observer)
{
    /// <summary>
    /// Bytes of resources in one response; a larger one goes alone. A response stands in the server's buffers as a whole until its client
    /// takes it, so many large ones at once would cost as much memory. Types whose names the client asks for one by one only: what the
    /// first answer to a wildcard does not hold, a client takes for absent.
    /// </summary>
    public const int MaxResponseBytes = 256 * 1024;

    private const int MaxForeign = 64;
    private readonly Queue<DeltaDiscoveryRequest> _foreign = new();

    /// <inheritdoc/>
    public override string? Receive(DeltaDiscoveryRequest request)
    {
        if (XdsTypes.Parse(request.TypeUrl) is not { } xdsType)
        {
            // Runtime and the like: nothing of the kind is here, which the client should know rather than wait for it.
            if (request.ResourceNamesSubscribe.Count > 0 && _foreign.Count < MaxForeign) _foreign.Enqueue(request);
            return null;
        }

        var type = State(xdsType);
        if (IsTooMuch(type, request))
            return $"More than {MaxNames} names of {request.TypeUrl} in one subscription.";
        if (request.ResponseNonce.Length > 0) Answer(type, request.ResponseNonce, request.ErrorDetail);
        var first = !type.Requested;
        if (first)
        {
            type.Requested = true;
            Observer.Subscribed(xdsType);
        }

        Unsubscribe(type, request.ResourceNamesUnsubscribe);
        Subscribe(type, request.ResourceNamesSubscribe, first);
        if (first) TakeOver(type, request.InitialResourceVersions);
        // A client that holds everything already learns so from an empty answer.
        if (first && type.Unconfirmed.Count == 0) type.NeedsEmptyResponse = true;
        // It may be long until there is something to send.
        type.Share(View);
        return null;
    }

    /// <inheritdoc/>
    protected override DeltaDiscoveryResponse? Build(TypeState type, bool changes)
    {
        var names = type.Pending.Keys;
        if (changes && type.HasChanges) names = names.Union(type.Changed).Union(type.Again);
        // Created with their capacity: a list that grows leaves as much garbage behind as it is long.
        var resources = new List<XdsResource>(type.Pending.Count);
        var removed = new List<string>();
        var done = new List<string>(type.Pending.Count);
        var whole = true;
        var room = type.Type.IsFullState ? int.MaxValue : MaxResponseBytes;
        foreach (var name in names)
        {
            var resource = type.Wants(name) ? Scope.Resolve(View, type.Type, name) : null;
            if (resource is not null)
            {
                if (resources.Count > 0 && resource.Size > room)
                {
                    whole = false;
                    break;
                }

                room -= resource.Size;
                resources.Add(resource);
            }
            else if (type.Pending.Contains(name))
            {
                removed.Add(name);
            }

            done.Add(name);
        }

        var owed = type.NeedsEmptyResponse;
        type.NeedsEmptyResponse = false;
        type.Sent.Expect(resources.Count);
        type.Given(done, whole, changes);
        type.TrimWork();
        if (resources.Count == 0 && removed.Count == 0 && !owed) return null;
        resources.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        removed.Sort(StringComparer.Ordinal);
        var replacing = type.Replacing(resources);
        foreach (var resource in resources) type.Record(resource);
        foreach (var name in removed) type.Forget(name);
        // What is left of the changes has their causes with it.
        return Response(type, resources, removed, replacing, changes && !type.HasChanges);
    }

    /// <inheritdoc/>
    protected override DeltaDiscoveryResponse? BuildRemoval(TypeState type, IReadOnlyList<string> names)
    {
        foreach (var name in names) type.Forget(name);
        return Response(type, [], names, [], changes: true);
    }

    /// <inheritdoc/>
    protected override DeltaDiscoveryResponse? Foreign() => !_foreign.TryDequeue(out var request) ? null : new DeltaDiscoveryResponse
    {
        SystemVersionInfo = Sequence.ToString(CultureInfo.InvariantCulture),
        TypeUrl = request.TypeUrl,
        Nonce = NextNonce(),
        ControlPlane = new Mesh.Xds.Protos.ControlPlane { Identifier = ControlPlaneIdentifier.Format(controlPlane, Log, Sequence) },
        RemovedResources = { request.ResourceNamesSubscribe.Where(n => n != "*") },
    };

    private static bool IsTooMuch(TypeState type, DeltaDiscoveryRequest request) =>
        type.Names.Count + request.ResourceNamesSubscribe.Count > MaxNames
        && type.Names.Keys.Union(request.ResourceNamesSubscribe).Except(request.ResourceNamesUnsubscribe).Count() > MaxNames;

    private static void Unsubscribe(TypeState type, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (name == "*")
            {
                type.EndWildcard();
                continue;
            }

            var known = type.Names.Contains(name);
            type.Unsubscribe(name);

            // The wildcard may still cover it: the client learns at once whether it keeps the resource.
            if (known && type.Wildcard) type.Pending.Set(name, name);
        }
    }

    private void Subscribe(TypeState type, IReadOnlyCollection<string> names, bool first)
    {
        type.Names.Expect(names.Count);
        type.Pending.Expect(names.Count);
        var question = NextQuestion();
        foreach (var name in names.Where(n => n != "*"))
        {
            // The resource's own text is there once for all streams.
            var shared = View.Find(type.Type, name)?.Name ?? name;
            type.Names.Set(shared, shared);
            Asked(type, shared, question);
        }

        var star = names.Contains("*") || (first && names.Count == 0 && type.Type.IsFullState);
        if (!star) return;
        type.Wildcard = true;
        CoverNow(type);
        type.Pending.Add(type.Covered);
        type.NeedsEmptyResponse = true;
    }

    private void TakeOver(TypeState type, IDictionary<string, string> versions)
    {
        foreach (var (name, version) in versions)
        {
            var current = type.Wants(name) ? Scope.Resolve(View, type.Type, name) : null;
            if (current is not null && current.Version == version)
            {
                type.Record(current);
                type.Pending.Remove(name);
                type.Changed.Remove(name);
            }
            else if (type.Wants(name))
            {
                if (!type.Unconfirmed.ContainsKey(name)) type.Pending.Set(name, name);
                type.Outdated.Add(name);
            }
            else if (type.Wildcard)
            {
                // What the client holds may still point at it.
                type.PendingRemovals.TryAdd(name, Now);
            }
        }
    }

    private DeltaDiscoveryResponse Response(
        TypeState type, List<XdsResource> resources, IReadOnlyCollection<string> removed,
        List<(XdsResource New, XdsResource? Old)> replacing, bool changes)
    {
        var sent = Send(type, resources, removed, replacing, changes, out var trace);
        var response = new DeltaDiscoveryResponse
        {
            SystemVersionInfo = sent.Sequence.ToString(CultureInfo.InvariantCulture),
            TypeUrl = type.Type.Url,
            Nonce = sent.Nonce,
            ControlPlane = new Mesh.Xds.Protos.ControlPlane
            {
                Identifier = ControlPlaneIdentifier.Format(controlPlane, Log, sent.Sequence, trace),
            },
        };
        response.Resources.Capacity = resources.Count;
        response.Resources.AddRange(resources.Select(r => r.Delta));
        response.RemovedResources.AddRange(removed);
        return response;
    }
}
