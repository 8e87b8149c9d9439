using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Kernel.Support;

/// <summary>Shows what hosts of a test log, with the test.</summary>
internal sealed class TestLog(string name) : ILoggerProvider, ILogger
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public ILogger CreateLogger(string categoryName) => this;

    public ILogger<T> For<T>() => new LoggerFactory([this]).CreateLogger<T>();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        try
        {
            _output?.WriteLine(
                $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {name} {logLevel} [{eventId.Id}] {formatter(state, exception)} "
                    + $"{exception}");
        }
        catch (InvalidOperationException)
        {
            // The test has ended before its host.
        }
    }

    public void Dispose()
    {
    }
}
