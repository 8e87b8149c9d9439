namespace Mesh.ControlPlane.Compile;

internal static partial class CompileLog
{
    [LoggerMessage(3010, LogLevel.Warning, "Service {Service} does not compile, its last good version stays: {Problem}")]
    public static partial void DoesNotCompile(this ILogger logger, string service, string problem);

    [LoggerMessage(3019, LogLevel.Error, "{Contributor} cannot say which services a change affects; what it has compiled stays: {Fault}")]
    public static partial void ContributorFailed(this ILogger logger, string contributor, string fault);

    [LoggerMessage(3011, LogLevel.Information, "Recompiled {Services} services at sequence {Sequence}")]
    public static partial void CompiledAnew(this ILogger logger, long sequence, int services);

    [LoggerMessage(3012, LogLevel.Information, "Compiling for these flavours of clients from sequence {Sequence} on: {Flavours}")]
    public static partial void FlavoursInUse(this ILogger logger, string flavours, long sequence);

    [LoggerMessage(3013, LogLevel.Warning,
        "Serving sequence {Sequence} although the log is at {Head}: it could not be reached for {Seconds} s")]
    public static partial void ServingBehind(this ILogger logger, long sequence, long head, double seconds);
}
