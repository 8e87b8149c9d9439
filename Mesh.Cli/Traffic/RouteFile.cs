using System.Text.Json;
using Mesh.Cli.Input;

namespace Mesh.Cli.Traffic;

/// <summary>Routes or policies from a file.</summary>
internal static class RouteFile
{
    /// <summary>Every document of the file, and every item of a document that is a list.</summary>
    /// <exception cref="FormatException">It is no YAML, or holds nothing.</exception>
    public static IReadOnlyList<JsonElement> Read(string path)
    {
        try
        {
            var text = path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path);
            List<JsonElement> items = [.. YamlInput.Read(text).Where(one => one.ValueKind != JsonValueKind.Null).SelectMany(one => one.ValueKind == JsonValueKind.Array ? one.EnumerateArray().ToList() : [one])];
            return items.Count > 0 ? items : throw new FormatException("it holds nothing");
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"{path}: {wrong.Message}", wrong);
        }
    }
}
