using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Loads;

/// <summary>
/// Where no Redis is configured: reports are taken and forgotten, which is said once, and whoever would decide by them is told that nothing
/// is known.
/// </summary>
public sealed partial class NoLoadWindows(ILogger<NoLoadWindows> logger) : ILoadWindows, ILoadDirectory
{
    private int _said;

    /// <inheritdoc/>
    public string? Absent => "no Redis is configured (ConnectionStrings__redis): load reports are not kept";

    /// <inheritdoc/>
    public ValueTask<bool> RecordAsync(IReadOnlyList<ClusterLoad> loads, CancellationToken cancellationToken)
    {
        // True: to keep them and try again would change nothing.
        if (loads.Count > 0 && Interlocked.Exchange(ref _said, 1) == 0) Forgotten();
        return new(true);
    }

    /// <inheritdoc/>
    public ValueTask<LoadWindow?> ReadAsync(string cluster, DateTimeOffset since, CancellationToken cancellationToken) =>
        new((LoadWindow?)null);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>?> ListAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken) =>
        new((IReadOnlyList<string>?)null);
}
