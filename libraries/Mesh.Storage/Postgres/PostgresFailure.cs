using Mesh.Kernel.Log;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>What a failure of the database says about the statement that it met.</summary>
internal static class PostgresFailure
{
    /// <summary>
    /// Does <paramref name="action"/>; what fails comes out as a <see cref="LogStoreException"/> that says what could not be done.
    /// </summary>
    public static async ValueTask<T> GuardAsync<T>(string database, string what, bool outcomeUnknown, Func<ValueTask<T>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (Exception exception) when (Is(exception))
        {
            throw new LogStoreException($"{database}: cannot {what}: {exception.Message}", outcomeUnknown && !IsRolledBack(exception),
                exception);
        }
    }

    /// <summary>Whether the exception is the database's or the connection's, and not a defect.</summary>
    public static bool Is(Exception exception) =>
        exception is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException;

    /// <summary>
    /// Whether the statement certainly had no effect: the server itself reported an error and rolled back. Everything that ends the session
    /// (shutdown, crash, lost connection, time-out) may have come after the commit.
    /// </summary>
    public static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { InvariantSeverity: "ERROR" } error && !error.SqlState.StartsWith("57P", StringComparison.Ordinal);

    /// <summary>Whether the session has ended, so that another one may do better.</summary>
    public static bool IsSessionLost(Exception exception) =>
        Is(exception) && exception is not PostgresException { InvariantSeverity: "ERROR" };
}
