using Mesh.Contracts.Discovery;

namespace Mesh.Discovery.Health;

/// <summary>
/// Turns a verdict into a status, damped: a fall always counts at once; a recovery counts at once too, until the instance has changed more
/// than 4 times in 5 minutes. From then on it is <c>flapping</c>, shown as a warning at best, and stays down for a time that doubles with
/// each fall.
/// </summary>
public static class Damping
{
    /// <summary>Transitions within <see cref="Window"/> that are let pass.</summary>
    public const int MaxTransitions = 4;

    /// <summary>The first hold, in seconds.</summary>
    public const int FirstHoldSeconds = 10;

    /// <summary>The longest hold, in seconds.</summary>
    public const int LongestHoldSeconds = 300;

    /// <summary>
    /// In which transitions are counted; after so long without one (and without being held) the instance no longer flaps.
    /// </summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The status after <paramref name="verdict"/>; the same object where it says nothing new or is held back.</summary>
    public static InstanceStatus Apply(InstanceStatus before, HealthVerdict verdict, DateTimeOffset now)
    {
        var status = EndFlapping(before, now);
        var said = verdict.Source == VerdictSource.Probe ? status.Probe : status.Lease;
        if (said == verdict.Health)
        {
            return status.Reported || verdict.Source == VerdictSource.Lease
                ? status
                : status with { Reported = true, Since = now, Detail = verdict.Detail };
        }

        if (verdict.Health < said && status.Flapping && now < LastTransition(status) + TimeSpan.FromSeconds(status.HoldSeconds))
            return status;

        var transitions = status.Transitions.RemoveAll(time => time <= now - Window).Add(now);
        // An instance's way into rotation after its first probe is news, but no change of mind.
        if (!status.Reported && status.Health == HealthState.Critical) transitions = [];
        var flapping = status.Flapping || transitions.Length > MaxTransitions;
        var after = status with
        {
            Probe = verdict.Source == VerdictSource.Probe ? verdict.Health : status.Probe,
            Lease = verdict.Source == VerdictSource.Lease ? verdict.Health : status.Lease,
            Reported = true,
            Detail = verdict.Detail,
            Transitions = transitions.Length > MaxTransitions + 1 ? transitions[^(MaxTransitions + 1)..] : transitions,
            Flapping = flapping,
            HoldSeconds = !flapping ? 0
                : status.HoldSeconds == 0 ? FirstHoldSeconds
                : verdict.Health > said ? Math.Min(2 * status.HoldSeconds, LongestHoldSeconds)
                : status.HoldSeconds,
        };
        return Settle(after, status, now);
    }

    // The status without its flapping, if that is over. Time in which a recovery is held back does not count as stable.
    private static InstanceStatus EndFlapping(InstanceStatus status, DateTimeOffset now)
    {
        if (!status.Flapping) return status;
        var held = status.Health == HealthState.Critical ? TimeSpan.FromSeconds(status.HoldSeconds) : TimeSpan.Zero;
        return now - LastTransition(status) < held + Window
            ? status
            : Settle(status with { Flapping = false, HoldSeconds = 0, Transitions = [] }, status, now);
    }

    private static InstanceStatus Settle(InstanceStatus after, InstanceStatus before, DateTimeOffset now)
    {
        var worst = after.Lease > after.Probe ? after.Lease : after.Probe;
        if (after.Flapping && worst == HealthState.Passing) worst = HealthState.Warning;
        return worst == before.Health
            ? after
            : after with { Health = worst, Since = now, FellAt = worst == HealthState.Critical ? now : null };
    }

    private static DateTimeOffset LastTransition(InstanceStatus status) =>
        status.Transitions.IsEmpty ? status.Since : status.Transitions[^1];
}
