using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Reconciling.DeadLetters;

public sealed partial class ParkedKeys
{
    [LoggerMessage(1470, LogLevel.Error,
        "{Key} is parked as dead letter {Id}: {Reason} Look into it, then POST /api/v1/dead-letters/{Id}/replay")]
    private partial void LogParked(ReconcileKey key, string reason, string id);

    [LoggerMessage(1471, LogLevel.Information, "{Key} is no longer parked and is visited again")]
    private partial void LogReplayed(ReconcileKey key);

    [LoggerMessage(1472, LogLevel.Debug, "The Registry could not be sent dead letters: {Status} {Detail}; {Untold} are pending")]
    private partial void LogRegistryAway(StatusCode status, string detail, int untold);
}
