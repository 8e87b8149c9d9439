using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Security.Issuing;

namespace Mesh.Security.Operations;

/// <summary>An answer, or the refusal in its place.</summary>
/// <param name="Value">Null where it is refused.</param>
/// <param name="Refusal">Null where it is answered.</param>
internal readonly record struct Answered<T>(T? Value, Refusal? Refusal) where T : class
{
    public static implicit operator Answered<T>(T value) => new(value, null);

    public static implicit operator Answered<T>(Refusal refusal) => new(null, refusal);
}

/// <summary>Runs what needs the database and the authority.</summary>
internal static class Guarded
{
    /// <summary>The operation's answer; a database or an authority that cannot be used now is a refusal.</summary>
    public static async Task<Answered<T>> RunAsync<T>(Func<Task<Answered<T>>> operation) where T : class
    {
        try
        {
            return await operation().ConfigureAwait(false);
        }
        catch (LogStoreException away)
        {
            return Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", away.Message);
        }
        catch (AuthorityUnusableException unusable)
        {
            return Refusal.Of(RefusalKind.Unavailable, "", unusable.Code, unusable.Message);
        }
    }
}
