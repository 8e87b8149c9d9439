using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Flow;

/// <summary>
/// The last lines of each part of a mesh and of Aspire itself, by category. A part that was started again has those of its earlier
/// processes too.
/// </summary>
internal sealed class PartLogs : ILoggerProvider
{
    private const int LinesKept = 300;
    private readonly ConcurrentDictionary<string, PartLog> _parts = new(StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => _parts.GetOrAdd(categoryName, static _ => new PartLog());

    /// <summary>Everything that was kept, to be shown with the test.</summary>
    public override string ToString() => string.Concat(_parts.Select(part => (Name: part.Key, Lines: part.Value.ToString()))
        .Where(part => part.Lines.Length > 0).OrderBy(part => part.Name, StringComparer.Ordinal)
        .Select(part => $"--- {part.Name}\n{part.Lines}\n"));

    public void Dispose()
    {
    }

    private sealed class PartLog : ILogger
    {
        private readonly Queue<string> _lines = new();
        private readonly Lock _lock = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
            {
                _lines.Enqueue(formatter(state, exception));
                if (_lines.Count > LinesKept) _lines.Dequeue();
            }
        }

        public override string ToString()
        {
            lock (_lock) return string.Join('\n', _lines);
        }
    }
}
