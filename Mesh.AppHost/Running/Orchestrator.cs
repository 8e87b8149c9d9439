using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.AppHost.Running;

/// <summary>
/// Aspire's orchestrator, which detaches itself and ends by itself when AppHost has: its processes watch each other every two seconds.
/// Somebody who has typed Ctrl+C should have everything back with the prompt, ports too. Linux only.
/// </summary>
internal static class Orchestrator
{
    private const int Terminate = 15;
    private const string ApiServer = "start-apiserver", Controllers = "run-controllers";
    private static readonly TimeSpan AtTheLatest = TimeSpan.FromSeconds(5), Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Its processes and all that they have started, the one that watches this process first.</summary>
    public static IReadOnlyList<int> Processes()
    {
        if (!OperatingSystem.IsLinux())
            return [];
        var all = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0).ToDictionary(pid => pid, ParentOf);
        var found = all.Keys.Where(IsOurs).ToList();
        for (var i = 0; i < found.Count; i++)
            found.AddRange(all.Where(process => process.Value == found[i]).Select(process => process.Key));
        return found;
    }

    /// <summary>
    /// Which of the parts without which it does not work are there: the one that watches this process, and the one that starts others.
    /// Parts and not processes, since the first of them begins as one that starts another and ends, and each that it starts looks like it
    /// until it has become its own program.
    /// </summary>
    public static IReadOnlySet<string> Parts() => Processes().SelectMany(Words).Where(word => word is ApiServer or Controllers).ToHashSet();

    private static bool Lives(int pid) => ParentOf(pid) is not null;

    /// <summary>
    /// Waits until they have ended. Once the first is gone, the others are asked to end: they would see it only at their next look. The
    /// first itself is left alone, since a signal while it ends makes it hang.
    /// </summary>
    public static async Task WaitForEndAsync(IReadOnlyList<int> processes, TimeProvider time)
    {
        var begun = time.GetTimestamp();
        var asked = false;
        while (processes.Any(Lives) && time.GetElapsedTime(begun) < AtTheLatest)
        {
            if (!asked && !Lives(processes[0]))
            {
                asked = true;
                foreach (var pid in processes.Where(Lives))
                    _ = Signal(pid, Terminate);
            }

            await Task.Delay(Interval, time);
        }
    }

    private static bool IsOurs(int pid)
    {
        var words = Words(pid);
        return words.Contains(ApiServer) && Array.IndexOf(words, "--monitor") is >= 0 and var at
            && words.ElementAtOrDefault(at + 1) == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    }

    private static string[] Words(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Null for one that has ended, also where nobody has taken note of it yet (Z).
    private static int? ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
