using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>
/// Where the log ends, for those who must not call absent what was appended before they were asked (Flow step 5). However many ask, a
/// Registry gets one read at a time and at most 100 a second.
/// </summary>
public interface ILogHead
{
    /// <summary>The head, from a read that begins after this call; null where no Registry answers.</summary>
    /// <exception cref="OperationCanceledException">The token ended first; the read goes on for the others.</exception>
    ValueTask<LogPosition?> ReadAsync(CancellationToken cancellationToken);
}
