using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Reconciling;

public sealed partial class ReconcilerLoop
{
    [LoggerMessage(1460, LogLevel.Information, "Gained {Gained} shards, {Owned} are owned now: visiting all of their keys")]
    private partial void LogGained(int gained, int owned);

    [LoggerMessage(1461, LogLevel.Warning, "{Key} was not reconciled (failure {Failures}): {Status} {Detail}; again in {Delay}")]
    private partial void LogRefused(ReconcileKey key, int failures, StatusCode status, string detail, TimeSpan delay);

    [LoggerMessage(1462, LogLevel.Error, "{Key} was not reconciled (failure {Failures}); again in {Delay}")]
    private partial void LogFailed(Exception exception, ReconcileKey key, int failures, TimeSpan delay);

    [LoggerMessage(1463, LogLevel.Warning, "More than {Capacity} keys are pending: the others are visited later")]
    private partial void LogOverflow(int capacity);

    [LoggerMessage(1464, LogLevel.Warning, "No Registry responds, {Waiting} keys are pending: {Status} {Detail}; they are retried")]
    private partial void LogNoRegistry(int waiting, StatusCode status, string detail);
}
