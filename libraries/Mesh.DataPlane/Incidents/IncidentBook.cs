namespace Mesh.DataPlane.Incidents;

/// <summary>How often something has happened.</summary>
/// <param name="Count">How often.</param>
/// <param name="Detail">What exactly, the last time.</param>
public readonly record struct IncidentCount(long Count, string Detail);

/// <summary>
/// What has happened to services and is not in the log yet: a count and the last detail of each kind, so that it stays small however much
/// happens and however long nobody takes it. Not thread-safe.
/// </summary>
public sealed class IncidentBook
{
    /// <summary>Services it remembers at most; what happens to further ones is not reported.</summary>
    public const int MostServices = 4_096;

    /// <summary>Longer details are cut.</summary>
    public const int LongestDetail = 200;

    /// <summary>The largest count in one report.</summary>
    public const long LargestCount = 1_000_000_000;

    private readonly Dictionary<string, Dictionary<string, IncidentCount>> _services = new(StringComparer.Ordinal);

    /// <summary>Services to which something has happened.</summary>
    public IReadOnlyCollection<string> Services => _services.Keys;

    /// <summary>How much was not written down for want of room.</summary>
    public long Lost { get; private set; }

    /// <summary>Writes down that something has happened.</summary>
    public void Add(string service, string kind, long count, string detail)
    {
        if (!_services.TryGetValue(service, out var kinds))
        {
            if (_services.Count >= MostServices)
            {
                Lost += count;
                return;
            }

            _services[service] = kinds = new(StringComparer.Ordinal);
        }

        var sum = Math.Min(kinds.GetValueOrDefault(kind).Count + count, LargestCount);
        kinds[kind] = new(sum, detail.Length <= LongestDetail ? detail : string.Concat(detail.AsSpan(0, LongestDetail - 1), "…"));
    }

    /// <summary>Takes out all that has happened to a service.</summary>
    public IReadOnlyDictionary<string, IncidentCount> Take(string service) =>
        _services.Remove(service, out var kinds) ? kinds : new Dictionary<string, IncidentCount>();

    /// <summary>Puts back what could not be reported: it happened before what is there now, whose detail stays.</summary>
    public void PutBack(string service, string kind, IncidentCount before)
    {
        var detail = _services.TryGetValue(service, out var kinds) && kinds.TryGetValue(kind, out var later) ? later.Detail : before.Detail;
        Add(service, kind, before.Count, detail);
    }
}
