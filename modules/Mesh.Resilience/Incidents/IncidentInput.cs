using System.Collections.Immutable;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Incidents;

/// <summary>Reads a data plane's report (Flow step 1). Finds every fault.</summary>
internal static class IncidentInput
{
    private const int LongestDetail = 200;

    public static ReportIncidents? Read(V1.ReportIncidentsRequest request, Faults faults)
    {
        var key = PolicyInput.Key(request.Service, request.Namespace, faults);
        if (request.Incidents.Count == 0) faults.Add("incidents", "missing", "A report has at least one incident.");
        if (request.Incidents.Count > IncidentNames.All.Count
            || request.Incidents.DistinctBy(incident => incident.Kind).Count() != request.Incidents.Count)
            faults.Add("incidents", "duplicate", "There is at most one incident of each kind; add their counts.");
        var incidents = request.Incidents.Take(IncidentNames.All.Count).Select((incident, i) => Read(incident, $"incidents[{i}]", faults))
            .ToImmutableArray();
        return key is { } service && !faults.Any ? new ReportIncidents(service, incidents) : null;
    }

    private static Incident Read(V1.Incident incident, string path, Faults faults)
    {
        var kind = IncidentNames.Parse(incident.Kind);
        if (kind is null)
            faults.Add($"{path}.kind", "unknown-kind", $"Set one of: {string.Join(", ", IncidentNames.All.Select(IncidentNames.NameOf))}.");
        if (incident.Count is < 1 or > ResilienceLimits.MostIncidents)
            faults.Add($"{path}.count", "out-of-range",
                $"{incident.Count} is out of range; it may be 1 to {ResilienceLimits.MostIncidents}.");
        if (incident.Detail.Length > LongestDetail)
            faults.Add($"{path}.detail", "too-long", $"A detail has at most {LongestDetail} characters.");
        return new(kind ?? default, incident.Count, incident.Detail);
    }
}
