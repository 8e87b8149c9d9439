using System.Collections.Immutable;
using Mesh.Kernel.Catalog;

namespace Mesh.Resilience.Incidents;

/// <summary>
/// When something of each kind has last happened to each service, for as long as that keeps the next one out. What is older is forgotten now and then,
/// at times that the log itself gives: so it stays small, and equal logs are equal states. Immutable.
/// </summary>
public sealed class RecentIncidents
{
    private readonly ImmutableDictionary<(ServiceKey Service, IncidentKind Kind), DateTimeOffset> _last;

    private RecentIncidents(ImmutableDictionary<(ServiceKey, IncidentKind), DateTimeOffset> last, DateTimeOffset swept) => (_last, Swept) = (last, swept);

    /// <summary>Nothing has happened.</summary>
    public static RecentIncidents None { get; } = new(ImmutableDictionary<(ServiceKey, IncidentKind), DateTimeOffset>.Empty, DateTimeOffset.MinValue);

    /// <summary>When the old ones were last forgotten.</summary>
    public DateTimeOffset Swept { get; }

    /// <summary>All that are remembered, ordered by service and kind.</summary>
    public IEnumerable<(ServiceKey Service, IncidentKind Kind, DateTimeOffset Time)> All =>
        _last.OrderBy(one => one.Key.Service).ThenBy(one => one.Key.Kind).Select(one => (one.Key.Service, one.Key.Kind, one.Value));

    /// <summary>What <see cref="All"/> and <see cref="Swept"/> have told.</summary>
    public static RecentIncidents Of(IEnumerable<(ServiceKey Service, IncidentKind Kind, DateTimeOffset Time)> all, DateTimeOffset swept) =>
        new(all.ToImmutableDictionary(one => (one.Service, one.Kind), one => one.Time), swept);

    /// <summary>When something of a kind has last happened to a service; null if that is forgotten.</summary>
    public DateTimeOffset? Last(ServiceKey service, IncidentKind kind) => _last.TryGetValue((service, kind), out var time) ? time : null;

    /// <summary>With one more.</summary>
    public RecentIncidents With(ServiceKey service, IncidentKind kind, DateTimeOffset time)
    {
        var last = _last.SetItem((service, kind), time);
        if (time - Swept < ReportIncidents.Pause) return new(last, Swept);
        return new(last.RemoveRange(last.Where(one => one.Value <= time - ReportIncidents.Pause).Select(one => one.Key)), time);
    }
}
