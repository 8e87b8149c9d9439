namespace Mesh.Kernel.Log;

/// <summary>The database failed. <see cref="OutcomeUnknown"/> says whether a write may have happened all the same.</summary>
public class LogStoreException(string message, bool outcomeUnknown, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True where the failure came after the commit was sent: the log must be read to know.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}
