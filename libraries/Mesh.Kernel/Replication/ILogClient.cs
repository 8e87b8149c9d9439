using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>The log as a replica reaches it: through a Registry.</summary>
internal interface ILogClient
{
    /// <summary>Where it is reached, for people.</summary>
    string Description { get; }

    /// <summary>The head as the database has it now.</summary>
    /// <exception cref="LogUnavailableException">No Registry responds.</exception>
    ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Whole commands after a sequence, up to the head at the time of the call.</summary>
    /// <exception cref="LogUnavailableException">No Registry responds.</exception>
    IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>A saved state of this fold; null if the Registry has none.</summary>
    /// <exception cref="LogUnavailableException">No Registry responds.</exception>
    ValueTask<ReadOnlyMemory<byte>?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken);

    /// <summary>Entries after a position and everything later, and the head at least every second.</summary>
    /// <exception cref="LogUnavailableException">The Registry went away; call again.</exception>
    /// <exception cref="AnotherLogException">The position is not in this log.</exception>
    IAsyncEnumerable<LogPage> TailAsync(LogPosition after, CancellationToken cancellationToken);
}

/// <summary>A piece of the tail.</summary>
/// <param name="Head">The head that the Registry knew when it sent the piece.</param>
/// <param name="Entries">May be empty.</param>
internal sealed record LogPage(LogPosition Head, IReadOnlyList<LogEntry> Entries);

/// <summary>No Registry can be reached, or it cannot read its log now.</summary>
internal sealed class LogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the reader knows is not part of this log: another log, another epoch, another history, or it has become shorter.</summary>
internal sealed class AnotherLogException(string message) : Exception(message);
