using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Commands;

internal static partial class WriterLog
{
    [LoggerMessage(1000, LogLevel.Information,
        "Log {Log} opened on {Store}: head {Sequence}, read in {Milliseconds} ms ({Replayed} entries after the saved state)")]
    public static partial void Opened(ILogger logger, string log, string store, long sequence, long milliseconds, long replayed);

    [LoggerMessage(1001, LogLevel.Error,
        "A batch of {Count} commands could not be committed; commands are refused until the log can be written again")]
    public static partial void CommitFailed(ILogger logger, int count, Exception exception);

    [LoggerMessage(1002, LogLevel.Error, "The decision of {Command} threw")]
    public static partial void DecisionThrew(ILogger logger, string command, Exception exception);

    [LoggerMessage(1003, LogLevel.Warning, "Cannot open the log, trying again in {Delay}")]
    public static partial void OpenFailed(ILogger logger, TimeSpan delay, Exception exception);

    [LoggerMessage(1004, LogLevel.Warning, "Entry {Sequence} of type {Type} was skipped: this build cannot fold it")]
    public static partial void Skipped(ILogger logger, long sequence, string type, Exception? exception);

    [LoggerMessage(1005, LogLevel.Error, "The log is another one (was {Known}, is {Found}): the state is rebuilt from it")]
    public static partial void AnotherLog(ILogger logger, string known, string found);

    [LoggerMessage(1006, LogLevel.Warning, "The outcome of an append was unknown; the log says it was {Outcome}")]
    public static partial void Recovered(ILogger logger, string outcome);

    [LoggerMessage(1007, LogLevel.Debug, "State saved at {Sequence}, {Bytes} bytes")]
    public static partial void SnapshotSaved(ILogger logger, long sequence, int bytes);

    [LoggerMessage(1008, LogLevel.Warning, "The saved state could not be read; the log is read from its start")]
    public static partial void SnapshotUnreadable(ILogger logger, Exception exception);

    [LoggerMessage(1009, LogLevel.Debug, "{Count} expired command outcomes were deleted")]
    public static partial void Pruned(ILogger logger, int count);

    [LoggerMessage(1010, LogLevel.Warning, "Expired command outcomes could not be deleted; retrying in ten minutes")]
    public static partial void PruneFailed(ILogger logger, Exception exception);

    [LoggerMessage(1011, LogLevel.Warning,
        "The state at {Sequence} could not be saved; a start reads more of the log until a later one is")]
    public static partial void SnapshotNotSaved(ILogger logger, long sequence, Exception exception);

    [LoggerMessage(1300, LogLevel.Information, "The log can be written again")]
    public static partial void CommitsAgain(ILogger logger);
}
