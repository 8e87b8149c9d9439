namespace Mesh.Kernel.Loads;

/// <summary>
/// What data planes report of the requests they send, in windows of time that all processes share (Flow step 9). Writers are control
/// planes, with what clients report over LRS (<c>envoy.service.load_stats.v3</c>); readers are reconcilers that decide by it.
/// </summary>
public interface ILoadWindows
{
    /// <summary>Adds results to the window that it is now.</summary>
    /// <returns>False if the store cannot be reached: the caller keeps them and tries again.</returns>
    ValueTask<bool> RecordAsync(IReadOnlyList<ClusterLoad> loads, CancellationToken cancellationToken);

    /// <summary>
    /// The results of one cluster, as xDS names it (<c>shop@v2</c>, <c>shop.team@v2</c>), from <paramref name="since"/> to now. Windows are
    /// whole: those that begin before <paramref name="since"/> do not count.
    /// </summary>
    /// <returns>Null if the store cannot be reached: nothing may be decided then.</returns>
    ValueTask<LoadWindow?> ReadAsync(string cluster, DateTimeOffset since, CancellationToken cancellationToken);
}
