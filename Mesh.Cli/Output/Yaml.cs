using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Cli.Output;

/// <summary>
/// JSON as YAML 1.2 in block style. Text that YAML could take for something else is quoted as in JSON, which YAML reads alike.
/// </summary>
internal static class Yaml
{
    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "null", "yes", "no", "on",
        "off", "y", "n" };

    public static string Of(JsonElement json)
    {
        var text = new StringBuilder();
        if (IsBlock(json))
            Block(text, json, indent: 0, afterDash: false);
        else
            text.Append(Scalar(json)).Append('\n');
        return text.ToString();
    }

    private static void Block(StringBuilder text, JsonElement json, int indent, bool afterDash)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in json.EnumerateArray())
            {
                Indent(text, indent, ref afterDash).Append('-').Append(' ');
                Value(text, item, indent + 2, afterDash: true);
            }

            return;
        }

        foreach (var property in json.EnumerateObject())
        {
            Indent(text, indent, ref afterDash).Append(Text(property.Name)).Append(':');
            if (IsBlock(property.Value))
            {
                text.Append('\n');
                Block(text, property.Value, indent + 2, afterDash: false);
            }
            else
            {
                text.Append(' ').Append(Scalar(property.Value)).Append('\n');
            }
        }
    }

    private static void Value(StringBuilder text, JsonElement json, int indent, bool afterDash)
    {
        if (IsBlock(json))
            Block(text, json, indent, afterDash);
        else
            text.Append(Scalar(json)).Append('\n');
    }

    private static StringBuilder Indent(StringBuilder text, int indent, ref bool afterDash)
    {
        var done = afterDash;
        afterDash = false;
        return done ? text : text.Append(' ', indent);
    }

    private static bool IsBlock(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(),
        JsonValueKind.Array => json.GetArrayLength() > 0,
        _ => false,
    };

    private static string Scalar(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Text(json.GetString() ?? ""),
        _ => json.GetRawText(),
    };

    private static string Text(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && !text.AsSpan().ContainsAnyExcept(Harmless) && !Words.Contains(text)
            ? text
            : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
