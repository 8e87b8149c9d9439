using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Completion;
using Mesh.Cli.Running;

namespace Mesh.Cli.Contexts;

/// <summary><c>$XDG_CONFIG_HOME/cdaprod-mesh/contexts.json</c>, or <c>~/.config/…</c>: readable by its owner only.</summary>
internal static class ContextsFile
{
    public static string Path { get; } = System.IO.Path.Combine(ConfigHome(), "cdaprod-mesh", "contexts.json");

    /// <summary>What it says; an empty document where there is none.</summary>
    public static ContextsDocument Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path), ContextsJson.Default.ContextsDocument) ?? new();
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new();
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.Failed,
                $"{Path} cannot be read: {unreadable.Message} Repair or remove it; the mesh rewrites it when it starts.");
        }
    }

    /// <summary>Makes a context the current one and leaves all else in the file as it is.</summary>
    public static void Use(string name)
    {
        try
        {
            var document = JsonNode.Parse(File.ReadAllBytes(Path))!.AsObject();
            document["current"] = name;
            var written = Path + "." + Environment.ProcessId;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(written, options))
            using (var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true }))
                document.WriteTo(writer);
            File.Move(written, Path, overwrite: true);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.Failed,
                $"{Path} cannot be written: {unwritable.Message} Name the mesh with --context {name} instead.");
        }
    }

    /// <summary>Names of the contexts; none where the file cannot be read, since a shell that completes wants no error text.</summary>
    public static IEnumerable<string> NamesForCompletion()
    {
        try
        {
            return PlainNames.In(Read().Contexts.Keys);
        }
        catch (CliFailure)
        {
            return [];
        }
    }

    private static string ConfigHome() =>
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } home
            ? home
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
}
