using Mesh.Contracts.Traffic;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Explaining;
using Mesh.DataPlane.Routing;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Traffic.Read;
using Mesh.Xds.Resources;
using DeltaDiscoveryResponse = Mesh.Xds.Protos.DeltaDiscoveryResponse;

namespace Mesh.Traffic.Explaining;

/// <summary>
/// Says which way a request takes, and why. Nothing is decided here: a data plane's own configuration is filled with the very resources
/// that a client of that service would be sent, and its own matchers are asked.
/// </summary>
internal sealed class TrafficExplainer(IMeshReplica replica, IServedResources served, IEnumerable<IClientGaps> gaps, TimeProvider time)
{
    /// <summary>What is served to the caller that a request names; null where the control plane has no state yet.</summary>
    public ValueTask<ServedResources?> ServedAsync(ExplainRequest request, CancellationToken cancellationToken) =>
        served.ReadAsync(XdsNames.Canonical(request.To), request.From, request.Node ?? "", cancellationToken);

    /// <summary>The answer; null where there is no service of that name.</summary>
    /// <param name="request">Checked: names are wire names, the path begins with a slash and has no query.</param>
    /// <param name="resources">What the caller is served.</param>
    public ExplainAnswer? Explain(ExplainRequest request, ServedResources resources)
    {
        var to = XdsNames.Canonical(request.To);
        var config = Receive(resources);
        if (config.Snapshot.Listeners.Find(to) is not { } listener) return null;

        var facts = new RequestFacts(request.Method ?? "GET", request.Path ?? "/", request.Query ?? "", new Headers(request.Headers, to));
        var explanation = RouteExplainer.Explain(listener, facts);
        // A path that another route takes as some servers read it is sent nowhere.
        var isAmbiguous = explanation.Route is { } taken && listener.OtherReading(facts, taken) is not null;
        var route = isAmbiguous ? null : explanation.Route;
        var targets = (route?.Action as RouteAction.Forward)?.Targets.All;
        return new ExplainAnswer
        {
            Sequence = resources.Sequence,
            To = to,
            From = request.From,
            InShare = resources.InShare,
            Route = route?.Name,
            Action = route?.Action switch
            {
                RouteAction.Forward => "forward",
                RouteAction.Redirect => "redirect",
                RouteAction.Respond => "respond",
                null when isAmbiguous => "ambiguous-path",
                _ => listener.Hosts is null ? "not-http" : "no-route",
            },
            Rules = [.. Rules(explanation, to, request.From, resources.InShare == true)],
            Clusters = [.. (targets?.Select(t => (t.Cluster, t.Weight)) ?? (listener.Hosts is null ? [(to, 1u)] : []))
                .Select(t => ExplainText.Cluster(t.Item1, t.Item2, config.Snapshot.Clusters.Find(t.Item1)))],
            Treatment = route is null ? null : ExplainText.Treatment(route, facts),
            Warnings = Warnings(replica.Current, ServiceKey.FromMeshName(to), route?.Name),
            Service = ExplainText.Service(
                resources.Resources.FirstOrDefault(resource => resource.Type == XdsTypes.RouteConfiguration && resource.Name == to)),
        };
    }

    private List<string>? Warnings(MeshState state, ServiceKey service, string? route)
    {
        // Those of the route come first.
        var warnings = gaps.OrderBy(one => one is not TrafficGaps).SelectMany(one => one.Of(state, service, route)).ToList();
        return warnings.Count == 0 ? null : warnings;
    }

    private ConfigState Receive(ServedResources resources)
    {
        var config = new ConfigState(wildcard: true, TimeSpan.Zero, time);
        foreach (var type in XdsTypes.OfServices)
        {
            var response = new DeltaDiscoveryResponse { TypeUrl = type.Url };
            response.Resources.AddRange(resources.Resources.Where(resource => resource.Type == type).Select(resource => resource.Delta));
            config.Apply(response);
        }

        return config;
    }

    // What is for other callers only was never sent to this one, so it stands where the order of the rules has it.
    private IEnumerable<ExplainedRule> Rules(Explanation explanation, string to, string? from, bool inShare)
    {
        var tried = explanation.Trials.ToList();
        foreach (var (name, onlyFor) in RulesInOrder.Of(replica.Current, ServiceKey.FromMeshName(to), inShare))
        {
            if (onlyFor is not null && onlyFor != from)
            {
                yield return new ExplainedRule(name, "other-caller",
                    [$"it is for calls of '{onlyFor}' only{(from is null ? "" : $", and '{from}' calls")}"]);
                continue;
            }

            var parts = tried.TakeWhile(t => t.Route.Name == name).ToList();
            if (parts.Count > 0) yield return Rule(parts);
            tried = [.. tried.Skip(parts.Count)];
        }

        foreach (var trial in tried) yield return Rule([trial]);
    }

    // A rule may be several routes on the wire: it takes what one of them takes.
    private static ExplainedRule Rule(List<RouteTrial> parts)
    {
        var takes = parts.Exists(t => t.Takes);
        return new ExplainedRule(parts[0].Route.Name, takes ? "takes" : parts[0].Tried ? "misses" : "not-tried",
            takes ? [] : [.. parts.SelectMany(t => t.Misses).Distinct()]);
    }

    private sealed class Headers(IReadOnlyDictionary<string, string>? headers, string to) : IRequestHeaders
    {
        private readonly Dictionary<string, string> _all = new(headers ?? new Dictionary<string, string>(),
            StringComparer.OrdinalIgnoreCase);

        public string? Get(string name) =>
            _all.TryGetValue(name == ":authority" ? "host" : name, out var value)
                ? value
                : name is ":authority" or "host" ? $"{to}.mesh" : null;
    }
}
