namespace Mesh.Kernel.Loads;

/// <summary>Which clusters have windows of load at all.</summary>
public interface ILoadDirectory
{
    /// <summary>Why there are none and never will be, for people; null where there is a store.</summary>
    string? Absent { get; }

    /// <summary>
    /// The clusters with results since a time, by name. A recording may stand in the directory a moment later than in its window.
    /// </summary>
    /// <param name="since">From when on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null if the store cannot be reached.</returns>
    ValueTask<IReadOnlyList<string>?> ListAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken);
}
