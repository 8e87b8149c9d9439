using Mesh.Contracts.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Mesh.ServiceDefaults.Logging;

/// <summary>
/// <c>14:03:07.123 info Relay[2101] message</c>; line ends inside a message or an exception become <c> | </c>, and what a terminal would
/// obey is escaped.
/// </summary>
internal sealed class MeshLogFormatter(TimeProvider? time = null) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "mesh";

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        textWriter.Write(_time.GetLocalNow().ToString("HH:mm:ss.fff "));
        textWriter.Write(Level(entry.LogLevel));
        textWriter.Write(' ');
        textWriter.Write(entry.Category.AsSpan(entry.Category.LastIndexOf('.') + 1));
        textWriter.Write('[');
        textWriter.Write(entry.EventId.Id);
        textWriter.Write("] ");
        textWriter.Write(OneLine(message));
        if (entry.Exception is not null)
        {
            textWriter.Write(" | ");
            textWriter.Write(OneLine(entry.Exception.ToString()));
        }

        textWriter.Write('\n');
    }

    private static string OneLine(string text) => Printable.Of(text.ReplaceLineEndings(" | "));

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
