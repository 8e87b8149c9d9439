using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Kernel.Support;

/// <summary>Keeps the ids and texts of everything that is logged, in order.</summary>
internal sealed class SeenEvents<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(int Id, string Text)> _seen = new();

    public IReadOnlyList<int> Ids => [.. _seen.Select(seen => seen.Id)];

    public IReadOnlyList<(int Id, string Text)> Texts => [.. _seen];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        _seen.Enqueue((eventId.Id, formatter(state, exception)));
}
