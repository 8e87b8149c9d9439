namespace Mesh.Kernel.Log;

/// <summary>
/// The database is there, and this program cannot use what it holds: tables of a newer version, or a damaged file. Trying again does not
/// help; the message names the database and says what does.
/// </summary>
public sealed class UnusableLogException(string message, bool outcomeUnknown = false, Exception? inner = null)
    : LogStoreException(message, outcomeUnknown, inner);
