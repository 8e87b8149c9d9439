namespace Mesh.Kernel.Replication;

/// <summary>Pauses between attempts: doubling from 100 ms to 2 s, each between half and whole, so that many do not come back at once.</summary>
internal static class Backoff
{
    public static TimeSpan Jittered(int failures)
    {
        var longest = Math.Min(2_000, 100 * (1 << Math.Min(failures, 10)));
        return TimeSpan.FromMilliseconds(longest * (0.5 + Random.Shared.NextDouble() / 2));
    }
}
