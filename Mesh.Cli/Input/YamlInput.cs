using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Cli.Input;

/// <summary>
/// YAML as JSON, document by document: events of the parser to tokens of the writer, with the types that YAML 1.2's core schema gives to
/// plain text. JSON is YAML, so files of both kinds are read. Anchors are refused: a few lines of them can stand for gigabytes.
/// </summary>
internal static partial class YamlInput
{
    private const int Deepest = 60;

    /// <summary>The documents of a text.</summary>
    /// <exception cref="FormatException">It is not YAML, or has anchors.</exception>
    public static IReadOnlyList<JsonElement> Read(string text)
    {
        try
        {
            var documents = new List<JsonElement>();
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            while (!parser.Accept<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                using var buffer = new MemoryStream();
                using (var writer = new Utf8JsonWriter(buffer)) Value(parser, writer, 0);
                parser.Consume<DocumentEnd>();
                documents.Add(JsonElement.Parse(buffer.ToArray()));
            }

            return documents;
        }
        catch (YamlException wrong)
        {
            throw new FormatException($"it is not YAML: line {wrong.Start.Line}, column {wrong.Start.Column}: {wrong.Message}", wrong);
        }
    }

    private static void Value(Parser parser, Utf8JsonWriter writer, int depth)
    {
        var node = parser.Current as NodeEvent;
        if (node is null || !node.Anchor.IsEmpty)
            throw new FormatException($"line {parser.Current?.Start.Line}: anchors and aliases are not supported; write out their values");
        if (depth > Deepest) throw new FormatException($"line {node.Start.Line}: it is nested more than {Deepest} deep");
        parser.MoveNext();
        switch (node)
        {
            case Scalar scalar:
                Write(scalar, writer);
                break;
            case SequenceStart:
                writer.WriteStartArray();
                while (!parser.TryConsume<SequenceEnd>(out _)) Value(parser, writer, depth + 1);
                writer.WriteEndArray();
                break;
            case MappingStart:
                writer.WriteStartObject();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    writer.WritePropertyName(parser.Consume<Scalar>().Value);
                    Value(parser, writer, depth + 1);
                }

                writer.WriteEndObject();
                break;
        }
    }

    private static void Write(Scalar scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain) writer.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL") writer.WriteNullValue();
        else if (text is "true" or "True" or "TRUE") writer.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE") writer.WriteBooleanValue(false);
        else if (Whole().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            writer.WriteNumberValue(whole);
        else if (Decimal().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteStringValue(text);
    }

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Decimal();
}
