using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Health;
using Mesh.Discovery.Probing.Probes;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;

namespace Mesh.Discovery.Probing;

/// <summary>Which instances are probed here, and what their probes have come to. Thread-safe.</summary>
public sealed class ProbeTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceKey, Dictionary<string, Row>> _services = [];

    /// <summary>How many instances are probed.</summary>
    public int Count
    {
        get { lock (_lock) return _services.Values.Sum(rows => rows.Count); }
    }

    /// <summary>
    /// Takes over a service as it is now (null: no longer here). Thresholds are kept while endpoint and check stay the same.
    /// </summary>
    /// <returns>Whom to begin with, whom to end with; one whose endpoint has changed is in both.</returns>
    public (IReadOnlyList<ProbeTarget> Begin, IReadOnlyList<ProbeKey> End) Sync(ServiceKey key, ServiceState? service)
    {
        var begin = new List<ProbeTarget>();
        var end = new List<ProbeKey>();
        lock (_lock)
        {
            var before = _services.GetValueOrDefault(key);
            var after = new Dictionary<string, Row>(StringComparer.Ordinal);
            foreach (var instance in service?.Instances ?? [])
            {
                if (ProbeTarget.Of(key, instance) is not { } target) continue;
                var kept = before?.GetValueOrDefault(target.InstanceId) is { } row && row.Target.Continues(target) ? row : null;
                after[target.InstanceId] = kept is null
                    ? new Row(target, CheckProgress.From(instance.Status), false)
                    : kept with { Target = target };
                if (kept is null) begin.Add(target);
            }

            end.AddRange(
                before?.Keys.Where(id => !after.ContainsKey(id) || begin.Exists(target => target.InstanceId == id))
                    .Select(id => new ProbeKey(key, id)) ?? []);
            if (after.Count == 0) _services.Remove(key);
            else _services[key] = after;
        }

        return (begin, end);
    }

    /// <summary>The target, null where it is no longer probed here.</summary>
    public ProbeTarget? Find(ProbeKey key)
    {
        lock (_lock) return FindRow(key)?.Target;
    }

    /// <summary>Counts one probe; the verdict after it, null if the target has changed meanwhile.</summary>
    public CheckProgress? Observe(ProbeKey key, ProbeTarget probed, ProbeResult result)
    {
        lock (_lock)
        {
            if (FindRow(key) is not { } row || !row.Target.Continues(probed)) return null;
            var progress = row.Progress.After(result, row.Target.Check.Rise, row.Target.Check.Fall);
            _services[key.Service][key.InstanceId] = row with { Progress = progress, Probed = true };
            return progress;
        }
    }

    /// <summary>What has been found out about a service's instances by probing them from here.</summary>
    public ImmutableArray<HealthVerdict> VerdictsOf(ServiceKey service)
    {
        lock (_lock)
        {
            return _services.GetValueOrDefault(service) is not { } rows
                ? []
                : [.. rows.Values.Where(row => row.Probed).Select(row => new HealthVerdict(
                    row.Target.InstanceId, row.Target.Incarnation, VerdictSource.Probe, row.Progress.Verdict,
                    row.Progress.Verdict == HealthState.Passing ? "" : row.Progress.Detail))];
        }
    }

    private Row? FindRow(ProbeKey key) => _services.GetValueOrDefault(key.Service)?.GetValueOrDefault(key.InstanceId);

    private sealed record Row(ProbeTarget Target, CheckProgress Progress, bool Probed);
}

/// <summary>One probed instance.</summary>
public readonly record struct ProbeKey(ServiceKey Service, string InstanceId);
