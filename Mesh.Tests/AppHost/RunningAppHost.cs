using System.Globalization;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>The built AppHost as a process of its own, on ports nobody else uses, with its own data and context folders.</summary>
public sealed class RunningAppHost : IAsyncDisposable
{
    private static readonly int[] Pinned = [7400, 7410, 7420, 7480, 7481, 7499];
    private readonly TempFolder _folder = new();

    public RunningAppHost(Dictionary<string, string?>? environment = null, params string[] arguments)
    {
        Environment = new Dictionary<string, string?> { ["MESH_DATA_DIR"] = Data, ["XDG_CONFIG_HOME"] = _folder.File("config") }
            .Where(own => environment?.ContainsKey(own.Key) != true).Concat(environment ?? []).ToDictionary();
        Offset = FreeOffset();
        Process = ChildProcess.Start("Mesh.AppHost", Environment,
            ["--port-offset", Offset.ToString(CultureInfo.InvariantCulture), .. arguments]);
    }

    public ChildProcess Process { get; }

    public IReadOnlyDictionary<string, string?> Environment { get; }

    public int Offset { get; }

    public string Data => _folder.File("data");

    public string ContextFile => _folder.File("config/cdaprod-mesh/contexts.json");

    public string Registry => $"http://127.0.0.1:{7400 + Offset}";

    /// <summary>Waits for the banner.</summary>
    public Task IsReady() => Eventually.True(
        () => Process.HasExited
            ? throw new InvalidOperationException($"It ended with {Process.ExitCode}:\n{Process.Output}")
            : Process.Output.Contains("Ctrl+C ends everything.", StringComparison.Ordinal),
        TimeSpan.FromMinutes(3),
        "AppHost says that all is ready");

    /// <summary>The pids of the orchestrator that it has started, and of all that this has started, by program.</summary>
    public ILookup<string, int> Children()
    {
        int[] all = [
            .. Directory.GetDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
                .Where(pid => pid > 0)];
        // It detaches itself, and is told whom to watch.
        var found = all.Where(pid => CommandLine(pid) is var words && Array.IndexOf(words, "--monitor") is >= 0 and var at
            && words.Contains("start-apiserver") && words.ElementAtOrDefault(at + 1) == $"{Process.Id}").ToList();
        for (var i = 0; i < found.Count; i++)
            found.AddRange(all.Where(pid => ParentOf(pid) == found[i]));
        return found.ToLookup(pid => Path.GetFileName(CommandLine(pid)[0]));
    }

    public static bool Lives(int pid) => ParentOf(pid) is not null;

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Dispose();
    }

    // A process that has ended but was not waited for yet (Z) counts as gone.
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

    // Empty for one that has ended since it was listed.
    private static string[] CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [""];
        }
    }

    // Every port of it is taken, so that no other test is given one before AppHost listens.
    private static int FreeOffset()
    {
        while (true)
        {
            var offset = FreePort.Next() - Pinned[0];
            if (Pinned.Skip(1).All(port => FreePorts.TryTake(port + offset)))
                return offset;
        }
    }
}
