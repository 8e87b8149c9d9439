using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.LocalHosting.Settings;

/// <summary>
/// <c>~/.config/cdaprod-mesh/contexts.json</c> (or under <c>XDG_CONFIG_HOME</c>), by which the CLI finds this mesh from any folder.
/// Contexts of other meshes in it are kept; only the owner can read it.
/// </summary>
internal static class ContextFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes <paramref name="context"/> under <paramref name="name"/> and makes it the current one. Returns the file's path.</summary>
    public static string Write(string folder, string name, JsonObject context)
    {
        var directory = Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "contexts.json");
        var file = Read(path);
        file["current"] = name;
        if (file["contexts"] is not JsonObject contexts)
            file["contexts"] = contexts = [];
        contexts[name] = context;

        var draft = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
            JsonSerializer.Serialize(stream, file, Indented);
        File.Move(draft, path, overwrite: true);
        return path;
    }

    /// <summary>The folder by XDG's rules.</summary>
    public static string DefaultFolder()
    {
        var configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        var home = string.IsNullOrEmpty(configured) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config") : configured;
        return Path.Combine(home, "cdaprod-mesh");
    }

    private static JsonObject Read(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            // Nothing in it can be saved; what this mesh writes makes it whole again.
            return [];
        }
    }
}
