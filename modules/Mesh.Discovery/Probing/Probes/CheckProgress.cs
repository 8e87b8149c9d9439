using Mesh.Contracts.Discovery;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// Rise and fall thresholds: what a row of probes makes of an instance. The first probe of an instance that was never probed decides by
/// itself, so that a healthy newcomer need not wait for <c>rise</c> intervals. Immutable.
/// </summary>
/// <param name="Verdict">As it stands.</param>
/// <param name="Decided">Whether any probe, here or by the worker before, stands behind it.</param>
/// <param name="Good">Probes in a row that did not fail, counted up to <c>rise</c>.</param>
/// <param name="Bad">Probes in a row that failed, counted up to <c>fall</c>.</param>
/// <param name="Detail">What the last probe that mattered said.</param>
public readonly record struct CheckProgress(HealthState Verdict, bool Decided, int Good, int Bad, string Detail)
{
    /// <summary>Goes on from what the log says of the instance.</summary>
    public static CheckProgress From(InstanceStatus status) =>
        new(status.Probe, status.Reported || status.Probe != HealthState.Critical, 0, 0, status.Detail);

    /// <summary>After one more probe.</summary>
    public CheckProgress After(ProbeResult result, int rise, int fall)
    {
        if (result.Outcome == ProbeOutcome.Fail)
        {
            var bad = Math.Min(Bad + 1, fall);
            var verdict = !Decided || bad >= fall ? HealthState.Critical : Verdict == HealthState.Passing ? HealthState.Warning : Verdict;
            return new(verdict, true, 0, bad, result.Detail);
        }

        var good = Math.Min(Good + 1, rise);
        var best = result.Outcome == ProbeOutcome.Warn ? HealthState.Warning : HealthState.Passing;
        var risen = !Decided || good >= rise || Verdict == HealthState.Passing;
        return risen ? new(best, true, good, 0, result.Detail) : this with { Good = good, Bad = 0 };
    }
}
