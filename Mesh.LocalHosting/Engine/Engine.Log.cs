using Microsoft.Extensions.Logging;

namespace Mesh.LocalHosting.Engine;

internal static partial class EngineLog
{
    [LoggerMessage(6000, LogLevel.Warning, "{Name} ended with exit code {ExitCode}; it starts again in {Seconds:0.#} s")]
    public static partial void EndedUnasked(this ILogger logger, string name, int exitCode, double seconds);

    [LoggerMessage(6001, LogLevel.Error, "{Name} ended with exit code {ExitCode} at each of {Starts} starts; its lines above say why")]
    public static partial void GaveUp(this ILogger logger, string name, int exitCode, int starts);

    [LoggerMessage(6002, LogLevel.Warning, "{Name} (pid {ProcessId}) did not end within {Seconds:0} s and was killed")]
    public static partial void Killed(this ILogger logger, string name, int processId, double seconds);

    [LoggerMessage(6003, LogLevel.Information, "Ending: {Names}")]
    public static partial void Ending(this ILogger logger, string names);

    [LoggerMessage(6004, LogLevel.Error, "{Name} cannot be run")]
    public static partial void CannotRun(this ILogger logger, string name, Exception exception);

    [LoggerMessage(6005, LogLevel.Warning, "{File} cannot be written, so the command line does not find this mesh by itself (give it --registry {Registry}): {Reason}")]
    public static partial void NoContext(this ILogger logger, string file, string? registry, string reason);

    [LoggerMessage(6006, LogLevel.Warning, "{File} cannot be written and still names this mesh, which has ended: {Reason}")]
    public static partial void ContextLeft(this ILogger logger, string file, string reason);
}
