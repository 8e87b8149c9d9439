using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Resilience;

/// <summary>
/// Ejects endpoints of one cluster whose answers are worse than they may be, for longer each time, and unejects them. It has no timer: it
/// looks when requests come, since without requests there is nothing to judge. Flow step 9.
/// </summary>
public sealed class OutlierDetector(TimeProvider time, Random random)
{
    private readonly Lock _lock = new();
    private long _begun = long.MinValue;
    private long _wake = long.MinValue;
    private int _version;
    private long _ejections;
    private IReadOnlyList<EndpointSnapshot>? _known;
    private OutlierConfig? _told;

    /// <summary>Counts the changes of who is ejected.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>How often an endpoint was ejected since the cluster became known.</summary>
    public long Ejections => Volatile.Read(ref _ejections);

    /// <summary>An attempt has ended.</summary>
    public void Report(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints, EndpointState endpoint, AttemptOutcome outcome)
    {
        var stats = endpoint.Answers;
        if (outcome == AttemptOutcome.Success)
        {
            Interlocked.Increment(ref stats.Successes);
            // Written only when it changes: endpoints that are well share their memory in peace.
            if (Volatile.Read(ref stats.FailuresInARow) != 0)
                Volatile.Write(ref stats.FailuresInARow, 0);
            if (Volatile.Read(ref stats.GatewayFailuresInARow) != 0)
                Volatile.Write(ref stats.GatewayFailuresInARow, 0);
            return;
        }

        Interlocked.Increment(ref stats.Failures);
        var failures = Interlocked.Increment(ref stats.FailuresInARow);
        var gateway = outcome == AttemptOutcome.GatewayFailure ? Interlocked.Increment(ref stats.GatewayFailuresInARow) : 0;
        if (outcome != AttemptOutcome.GatewayFailure)
            Volatile.Write(ref stats.GatewayFailuresInARow, 0);

        if (TryTrip(config.Consecutive5xx, failures, ref stats.FailuresInARow)
            | TryTrip(config.ConsecutiveGateway, gateway, ref stats.GatewayFailuresInARow))
        {
            lock (_lock)
                Eject(config, endpoints, endpoint, time.GetTimestamp());
        }
    }

    /// <summary>Lets time take effect: unejects endpoints whose ejection is over, and compares rates at the end of each interval.</summary>
    public void Tick(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints, long now)
    {
        if (now < Volatile.Read(ref _wake) && IsKnown(config, endpoints))
            return;
        lock (_lock)
        {
            if (now < _wake && IsKnown(config, endpoints))
                return;
            if (_begun == long.MinValue)
                _begun = now;
            Uneject(endpoints, now);
            UnejectExcess(config, endpoints, now);
            var intervals = (long)(time.GetElapsedTime(_begun, now) / config.Interval);
            if (intervals > 0)
            {
                LowerMultipliers(endpoints, intervals);
                Compare(config, endpoints, now);
                _begun = now;
            }

            SetWake(config, endpoints);
        }
    }

    private bool IsKnown(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints) =>
        ReferenceEquals(Volatile.Read(ref _known), endpoints) && ReferenceEquals(Volatile.Read(ref _told), config);

    private bool TryTrip(OutlierRule rule, int count, ref int counter)
    {
        if (count == 0 || count < rule.Limit)
            return false;
        Volatile.Write(ref counter, 0);
        return DrawEnforced(rule);
    }

    private bool DrawEnforced(OutlierRule rule) => rule.Enforced >= 100 || (rule.Enforced > 0 && random.Next(100) < rule.Enforced);

    private void Uneject(IReadOnlyList<EndpointSnapshot> endpoints, long now)
    {
        foreach (var endpoint in endpoints)
        {
            if (endpoint.State.IsEjected && endpoint.State.Answers.Until <= now)
                Uneject(endpoint.State, now);
        }
    }

    /// <summary>
    /// Unejects endpoints, those with the least time left first, where there are fewer endpoints than before or a smaller share may be
    /// ejected.
    /// </summary>
    private void UnejectExcess(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints, long now)
    {
        if (IsKnown(config, endpoints))
            return;
        Volatile.Write(ref _known, endpoints);
        Volatile.Write(ref _told, config);
        var eligible = Eligible(endpoints);
        var ejected = eligible.Where(e => e.State.IsEjected).OrderBy(e => e.State.Answers.Until).ToList();
        foreach (var endpoint in ejected.Take(ejected.Count - MaxEjected(config, eligible.Count)))
            Uneject(endpoint.State, now);
    }

    private void Uneject(EndpointState endpoint, long now)
    {
        endpoint.IsEjected = false;
        // It has been away: it warms up again.
        endpoint.Since = now;
        _version++;
    }

    private static void LowerMultipliers(IReadOnlyList<EndpointSnapshot> endpoints, long intervals)
    {
        foreach (var endpoint in endpoints)
        {
            if (!endpoint.State.IsEjected)
                endpoint.State.Answers.Multiplier = (int)Math.Max(0, endpoint.State.Answers.Multiplier - intervals);
        }
    }

    private void Compare(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints, long now)
    {
        var seen = endpoints.Where(e => !e.State.IsEjected).Select(e => (e.State, Answers: e.State.Answers.Take())).ToList();
        foreach (var endpoint in endpoints.Where(e => e.State.IsEjected))
            endpoint.State.Answers.Take();

        var rated = seen.Where(s => s.Answers.Volume >= config.SuccessRate.Volume).ToList();
        if (config.SuccessRate.Enforced > 0 && rated.Count > 0 && rated.Count >= config.SuccessRate.Hosts)
        {
            var mean = rated.Average(s => s.Answers.Rate);
            var deviation = Math.Sqrt(rated.Average(s => (s.Answers.Rate - mean) * (s.Answers.Rate - mean)));
            var least = mean - (deviation * config.SuccessRate.Limit / 1000);
            foreach (var (state, _) in rated.Where(s => s.Answers.Rate < least && DrawEnforced(config.SuccessRate)))
                Eject(config, endpoints, state, now);
        }

        var counted = seen.Where(s => s.Answers.Volume >= config.FailureShare.Volume && s.Answers.Volume > 0).ToList();
        if (config.FailureShare.Enforced > 0 && counted.Count >= config.FailureShare.Hosts)
        {
            foreach (var (state, _) in counted.Where(
                s => (1 - s.Answers.Rate) * 100 >= config.FailureShare.Limit && DrawEnforced(config.FailureShare)))
                Eject(config, endpoints, state, now);
        }
    }

    private void Eject(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints, EndpointState endpoint, long now)
    {
        var eligible = Eligible(endpoints);
        if (endpoint.IsEjected || eligible.All(e => e.State != endpoint)
            || eligible.Count(e => e.State.IsEjected) >= MaxEjected(config, eligible.Count))
            return;

        var stats = endpoint.Answers;
        stats.Multiplier++;
        var longest = config.MaxEjection > config.BaseEjection ? config.MaxEjection : config.BaseEjection;
        var seconds = Math.Min(config.BaseEjection.TotalSeconds * stats.Multiplier, longest.TotalSeconds);
        stats.Until = now + (long)(seconds * time.TimestampFrequency);
        endpoint.IsEjected = true;
        _version++;
        _ejections++;
        Volatile.Write(ref _wake, Math.Min(_wake, stats.Until));
    }

    private static List<EndpointSnapshot> Eligible(IReadOnlyList<EndpointSnapshot> endpoints) =>
        [.. endpoints.Where(e => e.Config.Health is not (EndpointHealth.Unhealthy or EndpointHealth.Draining))];

    // Never more than the share, but the first may go however few there are; and one always stays. As Envoy since 1.31 with
    // always_eject_one_host; Envoy before that and gRPC's clients look at the share before each ejection, and so exceed it by up to one.
    private static int MaxEjected(OutlierConfig config, int eligible) =>
        config.MaxShare <= 0 ? 0 : Math.Max(0, Math.Min(eligible - 1, Math.Max(1, eligible * config.MaxShare / 100)));

    private void SetWake(OutlierConfig config, IReadOnlyList<EndpointSnapshot> endpoints)
    {
        var wake = _begun + (long)(config.Interval.TotalSeconds * time.TimestampFrequency);
        foreach (var endpoint in endpoints)
        {
            if (endpoint.State.IsEjected)
                wake = Math.Min(wake, endpoint.State.Answers.Until);
        }

        Volatile.Write(ref _wake, wake);
    }
}
