using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.Answers;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Incidents;

/// <summary>
/// What a data plane has seen happen to a service becomes events, at most one of each kind in <see cref="Pause"/> (Flow step 2). What is
/// too early is not taken: the data plane keeps it and reports it again with what has come since, so that no count is lost.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Incidents">At most one of each kind.</param>
public sealed record ReportIncidents(ServiceKey Key, ImmutableArray<Incident> Incidents) : ICommand<IncidentsOutcome>
{
    /// <summary>Between two events of one kind for one service.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "resilience.report-incidents";

    /// <inheritdoc/>
    public JsonTypeInfo<IncidentsOutcome> AnswerType => AnswerJson.Default.IncidentsOutcome;

    /// <inheritdoc/>
    public string Stream => ResilienceStreams.Status(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var resilience = state.Facts<ResilienceState>();
        if (state.TryFacts<IServiceCatalog>()?.Find(Key) is null && resilience.Find(Key) is null)
        {
            return Decision.Rejected(RefusalKind.NotFound, "service", "unknown-service",
                $"{Key} cannot have incidents: no such service is registered, and it has no policy.");
        }

        var events = new List<NewEvent>();
        var taken = new List<string>();
        var wait = TimeSpan.Zero;
        foreach (var incident in Incidents)
        {
            var left = resilience.Incidents.Last(Key, incident.Kind) is { } last ? last + Pause - context.Time : TimeSpan.Zero;
            if (left > TimeSpan.Zero)
            {
                wait = wait == TimeSpan.Zero || left < wait ? left : wait;
                continue;
            }

            events.Add(Event(incident));
            taken.Add(IncidentNames.NameOf(incident.Kind));
        }

        return Decision.Changed(events, new IncidentsOutcome([.. taken], (long)Math.Ceiling(wait.TotalMilliseconds)));
    }

    private NewEvent Event(Incident incident) => incident.Kind switch
    {
        IncidentKind.CircuitOpened => NewEvent.Of(Stream, new CircuitOpened(Key.Namespace, Key.Name, incident.Count, incident.Detail)),
        IncidentKind.CircuitClosed => NewEvent.Of(Stream, new CircuitClosed(Key.Namespace, Key.Name, incident.Count, incident.Detail)),
        IncidentKind.InstanceEjected => NewEvent.Of(Stream, new InstanceEjected(Key.Namespace, Key.Name, incident.Count, incident.Detail)),
        _ => NewEvent.Of(Stream, new BulkheadRejected(Key.Namespace, Key.Name, incident.Count, incident.Detail)),
    };
}
