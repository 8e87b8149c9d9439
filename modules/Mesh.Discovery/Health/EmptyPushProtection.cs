using Mesh.Contracts.Discovery;
using Mesh.Discovery.State;

namespace Mesh.Discovery.Health;

/// <summary>
/// Keeps the last set of a service's instances in rotation when checks and leases would take out more than half of it within 30 seconds:
/// then it is likelier that the checks are wrong than the instances. What an operator or a deregistration takes out always goes.
/// </summary>
public static class EmptyPushProtection
{
    /// <summary>Services with fewer active instances are not protected.</summary>
    public const int MinInstances = 3;

    /// <summary>Falls within this time count together.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sets <see cref="InstanceStatus.Protected"/> in <paramref name="statuses"/>, which are in the order of the service's instances.
    /// </summary>
    /// <returns>How many are protected.</returns>
    public static int Apply(ServiceState service, InstanceStatus[] statuses, DateTimeOffset now)
    {
        int active = 0, set = 0, gone = 0;
        for (var i = 0; i < statuses.Length; i++)
        {
            if (service.Instances[i].Spec.Mode != InstanceMode.Active) continue;
            active++;
            if (!InSet(service.Instances[i].Status, statuses[i], now)) continue;
            set++;
            if (statuses[i].Health == HealthState.Critical) gone++;
        }

        var protect = service.EmptyPushProtection && active >= MinInstances && 2 * gone > set;
        var count = 0;
        for (var i = 0; i < statuses.Length; i++)
        {
            var kept = protect && statuses[i].Health == HealthState.Critical && service.Instances[i].Spec.Mode == InstanceMode.Active
                && InSet(service.Instances[i].Status, statuses[i], now);
            if (kept) count++;
            if (kept != statuses[i].Protected) statuses[i] = statuses[i] with { Protected = kept };
        }

        return count;
    }

    // The last set: what is in rotation, what comes into it now, and what has just fallen out.
    private static bool InSet(InstanceStatus before, InstanceStatus after, DateTimeOffset now) =>
        before.Health != HealthState.Critical || before.Protected || after.Health != HealthState.Critical
        || now - before.FellAt <= Window;
}
