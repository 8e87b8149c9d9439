using Mesh.Contracts.V1;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using LogEntry = Mesh.Kernel.Log.LogEntry;

namespace Mesh.Registry.Grpc;

/// <summary>Cuts entries into messages of a reasonable size, never inside a command.</summary>
internal static class LogPages
{
    /// <summary>About how many entries are read at once.</summary>
    public const int Entries = 1_024;

    private const int Bytes = 512 * 1024;

    public static IEnumerable<LogEntries> Split(LogPosition head, IReadOnlyList<LogEntry> entries)
    {
        var page = new LogEntries { Head = EntryWire.ToHead(head) };
        var bytes = 0;
        foreach (var entry in entries)
        {
            page.Entries.Add(EntryWire.ToMessage(entry));
            bytes += entry.Data.Length + 256;
            if (bytes < Bytes || !entry.EndsCommand) continue;
            yield return page;
            (page, bytes) = (new LogEntries { Head = page.Head }, 0);
        }

        if (page.Entries.Count > 0) yield return page;
    }
}
