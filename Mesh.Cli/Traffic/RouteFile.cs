using System.Text.Json;
using Mesh.Cli.Input;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traffic;

/// <summary>Routes or policies from a file.</summary>
internal static class RouteFile
{
    /// <summary>Every document of the file, and every item of a document that is a list.</summary>
    /// <exception cref="CliFailure">
    /// It is not there, cannot be read, is not YAML, or holds nothing: the command line names the wrong file.
    /// </exception>
    public static IReadOnlyList<JsonElement> Read(string path)
    {
        try
        {
            var text = path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path);
            List<JsonElement> items = [
                .. YamlInput.Read(text).Where(one => one.ValueKind != JsonValueKind.Null)
                    .SelectMany(one => one.ValueKind == JsonValueKind.Array ? one.EnumerateArray().ToList() : [one])];
            return items.Count > 0 ? items : throw new FormatException("it is empty");
        }
        catch (Exception wrong)
            when (wrong is FormatException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliFailure(ExitCode.WrongUsage, $"{path}: {Reason(wrong)}");
        }
    }

    /// <summary>The one document of the file.</summary>
    /// <param name="path">The file, or '-'.</param>
    /// <param name="what">What it is to be, such as <c>policy</c>.</param>
    /// <exception cref="CliFailure">As for <see cref="Read"/>, or there are more.</exception>
    public static JsonElement ReadOne(string path, string what) =>
        Read(path) is [var only] ? only : throw new CliFailure(ExitCode.WrongUsage, $"{path}: it holds more than one {what}");

    private static string Reason(Exception wrong) => wrong switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "it cannot be read: it is a folder, or you may not",
        _ => wrong.Message,
    };
}
