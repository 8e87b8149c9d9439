using Microsoft.Extensions.Logging;

namespace Mesh.LocalHosting.Output;

/// <summary>What AppHost itself logs, as one more name among the interleaved lines.</summary>
internal sealed class LogConsoleLoggerProvider(LogConsole console, TimeProvider time) : ILoggerProvider, ILogger
{
    public const string Name = "apphost";

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var level = logLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        var details = exception is null ? "" : $" | {exception.ToString().ReplaceLineEndings(" | ")}";
        console.WriteLine(Name, $"{time.GetLocalNow():HH:mm:ss.fff} {level} {formatter(state, exception).ReplaceLineEndings(" | ")}{details}");
    }

    public void Dispose()
    {
    }
}
