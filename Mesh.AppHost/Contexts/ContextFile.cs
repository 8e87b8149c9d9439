using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.AppHost.Contexts;

/// <summary>
/// <c>~/.config/cdaprod-mesh/contexts.json</c> (or under <c>XDG_CONFIG_HOME</c>), by which the CLI finds this mesh from any folder.
/// Contexts of other meshes in it are kept; only the owner can read it.
/// </summary>
/// <param name="folder">Where the file is.</param>
/// <param name="name">Of this mesh's context.</param>
internal sealed class ContextFile(string folder, string name)
{
    private const string AppHostPid = "appHostPid";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private string? _previous;

    public string FilePath { get; } = Path.Combine(folder, "contexts.json");

    /// <summary>Writes this mesh's context and makes it the current one.</summary>
    public void Write(JsonObject context)
    {
        var file = Read();
        if (file["contexts"] is not JsonObject contexts)
            file["contexts"] = contexts = [];
        RemoveDead(contexts);
        _previous = Current(file) is { } current && current != name ? current : null;
        file["current"] = name;
        context[AppHostPid] = Environment.ProcessId;
        contexts[name] = context;
        Replace(file);
    }

    /// <summary>
    /// Takes this mesh's context out, and those of meshes that were killed. If the current one is among them, that is again the one before,
    /// else the last of the others.
    /// </summary>
    public void Remove()
    {
        if (!File.Exists(FilePath))
            return;
        var file = Read();
        var contexts = file["contexts"] as JsonObject ?? [];
        contexts.Remove(name);
        RemoveDead(contexts);
        if (Current(file) is { } current && !contexts.ContainsKey(current))
        {
            file.Remove("current");
            if ((_previous is not null && contexts.ContainsKey(_previous)
                ? _previous
                : contexts.Select(one => one.Key).LastOrDefault()) is { } next)
                file["current"] = next;
        }

        Replace(file);
    }

    /// <summary>The folder by XDG's rules.</summary>
    public static string DefaultFolder()
    {
        var configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        var home = string.IsNullOrEmpty(configured)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config")
            : configured;
        return Path.Combine(home, "cdaprod-mesh");
    }

    // A killed AppHost takes its context out no more.
    private static void RemoveDead(JsonObject contexts)
    {
        foreach (var (dead, _) in contexts.Where(
            one => one.Value?[AppHostPid] is JsonValue value && value.TryGetValue<int>(out var pid) && !Lives(pid)).ToList())
            contexts.Remove(dead);
    }

    private static bool Lives(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Current(JsonObject file) =>
        file["current"] is JsonValue value && value.TryGetValue<string>(out var current) ? current : null;

    private JsonObject Read()
    {
        if (!File.Exists(FilePath))
            return [];
        try
        {
            return JsonNode.Parse(File.ReadAllText(FilePath)) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            // Nothing in it can be saved; what this mesh writes makes it whole again.
            return [];
        }
    }

    private void Replace(JsonObject file)
    {
        var directory = Directory.CreateDirectory(folder);
        var draft = $"{FilePath}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
            JsonSerializer.Serialize(stream, file, Indented);
        File.Move(draft, FilePath, overwrite: true);
    }
}
