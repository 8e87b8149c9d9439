using System.Globalization;

namespace Mesh.AppHost.Running;

/// <summary>Who listens on a port, as far as <c>/proc</c> tells (Linux, and processes of the same user).</summary>
internal static class PortHolder
{
    private const string Listening = "0A";

    /// <summary>For example <c>Mesh.Registry (pid 1234)</c>; null if it cannot be seen.</summary>
    public static string? Of(int port)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var sockets = Inodes("/proc/net/tcp", port).Concat(Inodes("/proc/net/tcp6", port)).Select(inode => $"socket:[{inode}]").ToHashSet();
        if (sockets.Count == 0)
            return null;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(fd => sockets.Contains(TargetOf(fd))))
                    return $"{Name(process)} (pid {Path.GetFileName(process)})";
            }
            catch (Exception unseen) when (unseen is UnauthorizedAccessException or IOException)
            {
                // Somebody else's process, or one that has just ended.
            }
        }

        return null;
    }

    // A process closes files while it is looked at: one that has gone says nothing of the others.
    private static string TargetOf(string fd)
    {
        try
        {
            return File.ResolveLinkTarget(fd, false)?.Name ?? "";
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    private static string Name(string process)
    {
        // comm is cut at 15 characters; the program's own path is not.
        var program = File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0')[0];
        return program.Length > 0 ? Path.GetFileName(program) : File.ReadAllText(Path.Combine(process, "comm")).Trim();
    }

    private static IEnumerable<string> Inodes(string table, int port)
    {
        if (!File.Exists(table))
            yield break;
        var local = $":{port.ToString("X4", CultureInfo.InvariantCulture)}";
        foreach (var line in File.ReadLines(table).Skip(1))
        {
            // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 9 && columns[3] == Listening && columns[1].EndsWith(local, StringComparison.Ordinal))
                yield return columns[9];
        }
    }
}
