using System.Collections.Immutable;
using Mesh.Kernel.Catalog;

namespace Mesh.Resilience.Incidents;

/// <summary>
/// When something of each kind has last happened to each service, for as long as that may keep the next one out. Time is cut into slots of
/// <see cref="ReportIncidents.Pause"/>; what is known is that of the slot of the newest entry and of the one before, whatever the log has
/// held earlier: so it stays small, equal logs are equal states, and old payloads may go. Immutable.
/// </summary>
public sealed class RecentIncidents
{
    private readonly ImmutableDictionary<(ServiceKey Service, IncidentKind Kind), DateTimeOffset> _last;
    private readonly long _slot;

    private RecentIncidents(ImmutableDictionary<(ServiceKey, IncidentKind), DateTimeOffset> last, long slot) =>
        (_last, _slot) = (last, slot);

    /// <summary>Nothing has happened.</summary>
    public static RecentIncidents None { get; } = new(ImmutableDictionary<(ServiceKey, IncidentKind), DateTimeOffset>.Empty, 0);

    /// <summary>All that are remembered, ordered by service and kind.</summary>
    public IEnumerable<(ServiceKey Service, IncidentKind Kind, DateTimeOffset Time)> All =>
        _last.OrderBy(one => one.Key.Service).ThenBy(one => one.Key.Kind).Select(one => (one.Key.Service, one.Key.Kind, one.Value));

    /// <summary>What <see cref="All"/> has told.</summary>
    public static RecentIncidents Of(IEnumerable<(ServiceKey Service, IncidentKind Kind, DateTimeOffset Time)> all)
    {
        var last = all.ToImmutableDictionary(one => (one.Service, one.Kind), one => one.Time);
        return last.IsEmpty ? None : new(last, SlotOf(last.Values.Max()));
    }

    /// <summary>When something of a kind has last happened to a service; null if that is forgotten.</summary>
    public DateTimeOffset? Last(ServiceKey service, IncidentKind kind) => _last.TryGetValue((service, kind), out var time) ? time : null;

    /// <summary>Whether what happened then may still be remembered.</summary>
    public bool Remembers(DateTimeOffset time) => SlotOf(time) >= _slot - 1;

    /// <summary>With one more. Times of a log never go back.</summary>
    public RecentIncidents With(ServiceKey service, IncidentKind kind, DateTimeOffset time)
    {
        var last = _last.SetItem((service, kind), time);
        var slot = SlotOf(time);
        return slot == _slot
            ? new(last, slot)
            : new(last.RemoveRange(last.Where(one => SlotOf(one.Value) < slot - 1).Select(one => one.Key)), slot);
    }

    private static long SlotOf(DateTimeOffset time) => time.UtcTicks / ReportIncidents.Pause.Ticks;
}
