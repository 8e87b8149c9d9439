using Mesh.Kernel.Log;

namespace Mesh.Kernel.Feeds;

/// <summary>
/// What the writer has committed, for those who pass it on: the relay to Kafka and the log's gRPC streams (Flow step 4). Readers pull
/// from their own position, so a slow one costs nothing but its own lag.
/// </summary>
public interface ICommittedFeed
{
    /// <summary>The newest committed position that this process knows; always at the end of a whole command.</summary>
    LogPosition Head { get; }

    /// <summary>
    /// Completes as soon as <see cref="Head"/> is over <paramref name="sequence"/>, or stands in another log or epoch than now.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    ValueTask WaitAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>
    /// All entries after a sequence up to <see cref="Head"/>, from memory alone; null where memory does not reach back so far.
    /// </summary>
    IReadOnlyList<LogEntry>? Recent(long afterSequence);

    /// <summary>
    /// Whole commands after <paramref name="afterSequence"/>, in order: recent ones from memory, older ones from the database.
    /// </summary>
    /// <param name="afterSequence">0 for all; must end a command.</param>
    /// <param name="limit">About so many entries: the last command is never cut, so there may be more.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>Empty where nothing is newer.</returns>
    /// <exception cref="LogStoreException">The database was needed and failed.</exception>
    ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken);
}
