using Grpc.Core;
using Mesh.Kernel.Log;

namespace Mesh.Registry.Grpc;

/// <summary>How the log service says no.</summary>
internal static class LogFaults
{
    public static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));

    /// <summary>The caller's position is not in this log: it has to discard its state and attach again.</summary>
    public static RpcException AnotherLog(string why) => new(new Status(StatusCode.FailedPrecondition, $"another-log: {why}"));

    /// <summary>A database that is unavailable is the caller's cue to try again or elsewhere.</summary>
    public static async Task<T> MappedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (LogStoreException exception)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
    }

    /// <inheritdoc cref="MappedAsync{T}"/>
    public static Task MappedAsync(Func<Task> call) => MappedAsync(async () =>
    {
        await call();
        return true;
    });
}
