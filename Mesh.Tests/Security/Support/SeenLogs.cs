using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Security.Support;

/// <summary>Keeps what all loggers of one Registry have logged.</summary>
internal sealed class SeenLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _seen = new();

    public IReadOnlyList<(LogLevel Level, int Id, string Text)> All => [.. _seen];

    /// <summary>The texts of one event.</summary>
    public IReadOnlyList<string> Of(int id) => [.. _seen.Where(one => one.Id == id).Select(one => one.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        _seen.Enqueue((logLevel, eventId.Id, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
        // It holds nothing.
    }
}
