using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// What the control plane is asked before a request is refused: services by their listeners, and the endpoints of clusters that have none.
/// Not thread-safe: <see cref="ConfigState"/> guards it.
/// </summary>
/// <param name="wildcard">Whether all services are asked for at once.</param>
/// <param name="received">What is here.</param>
/// <param name="time">The clock.</param>
internal sealed class PendingLookups(bool wildcard, ReceivedConfig received, TimeProvider time)
{
    // Assignments are asked for by the names that clusters refer to, never by a wildcard.
    private readonly NameLookups _services = new(wildcard, time);
    private readonly NameLookups _assignments = new(wildcard: false, time);

    /// <summary>Whether names wait and may be asked for now.</summary>
    public bool IsDue => _services.IsDue || _assignments.IsDue;

    /// <summary>Asks for a service; see <see cref="NameLookups.AddAsync"/>.</summary>
    public Task? ForServiceAsync(string service) => _services.AddAsync(service);

    /// <summary>Asks for a cluster's endpoints; null also where it is not here, or has its endpoints in itself.</summary>
    public Task? ForEndpointsAsync(string cluster) =>
        received.Clusters.Find(cluster)?.EndpointsName is { } assignment ? _assignments.AddAsync(assignment) : null;

    /// <summary>The next names of a type to ask for, and to give up.</summary>
    public (IReadOnlyList<string> Ask, IReadOnlyList<string> GiveUp) Next(XdsType type)
    {
        if (type == XdsTypes.Listener)
            return _services.Next();
        if (type != XdsTypes.ClusterLoadAssignment)
            return ([], []);
        var (ask, _) = _assignments.Next();
        var gone = ask.Where(name => received.EndpointSubscriptions.ReferrersOf(name).Count == 0).ToList();
        gone.ForEach(_assignments.Settled);
        return (gone.Count == 0 ? ask : [.. ask.Except(gone, StringComparer.Ordinal)], []);
    }

    /// <summary>A stream begins with the names of a type: what was asked on another is asked again.</summary>
    public void Restart(XdsType type)
    {
        if (type == XdsTypes.Listener)
            _services.Restart();
        else if (type == XdsTypes.ClusterLoadAssignment)
            _assignments.Restart();
    }

    /// <summary>A response has been taken in.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="response">The response.</param>
    /// <param name="snapshot">What came of it.</param>
    public void MarkAnswered(XdsType type, DeltaDiscoveryResponse response, RoutingSnapshot snapshot)
    {
        if (type == XdsTypes.Listener)
        {
            foreach (var name in response.RemovedResources)
                _services.Settled(name);
            foreach (var resource in response.Resources)
                _services.Arrived(resource.Name);
        }
        else if (type == XdsTypes.ClusterLoadAssignment)
        {
            // Endpoints are routed by as soon as they are here.
            foreach (var name in response.Resources.Select(resource => resource.Name).Concat(response.RemovedResources))
                _assignments.Settled(name);
        }

        AnswerPresent(snapshot);
    }

    /// <summary>Answers what can be routed by now.</summary>
    public void AnswerPresent(RoutingSnapshot snapshot) => _services.AnswerPresent(service => snapshot.Listeners.TryFind(service, out _));

    /// <summary>Gives up what has taken too long.</summary>
    public void Expire()
    {
        _services.Expire();
        _assignments.Expire();
    }
}
