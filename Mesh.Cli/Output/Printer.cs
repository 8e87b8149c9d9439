using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Cli.Running;

namespace Mesh.Cli.Output;

/// <summary>
/// Standard output carries the answer in the format asked for, and nothing else; what is said besides goes to standard error.
/// </summary>
internal sealed class Printer(OutputFormat format, TextWriter output, TextWriter error)
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public OutputFormat Format { get; } = format;

    /// <summary>
    /// The answer: <paramref name="text"/> for people, else <paramref name="json"/>, with the text beside it on standard error.
    /// </summary>
    public void Answer(ReadOnlyMemory<byte> json, string text)
    {
        Warn(json);
        if (Format == OutputFormat.Table)
        {
            output.WriteLine(text);
            return;
        }

        Document(json);
        error.WriteLine(text);
    }

    // What an answer warns of is read by people, whatever the format.
    private void Warn(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("warnings", out var warnings)
            || warnings.ValueKind != JsonValueKind.Array) return;
        foreach (var warning in warnings.EnumerateArray()) error.WriteLine($"warning: {warning.GetString()}");
    }

    /// <summary>The answer as it is, where no table could show it: JSON, or YAML if asked for.</summary>
    public void Whole(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        if (Format == OutputFormat.Yaml)
            output.Write(Yaml.Of(document.RootElement));
        else
            output.WriteLine(Json(document.RootElement, Indented));
    }

    /// <summary>The answer as a table, or as <paramref name="json"/>.</summary>
    public void Answer(ReadOnlyMemory<byte> json, Table table)
    {
        if (Format == OutputFormat.Table)
            table.WriteTo(output);
        else
            Document(json);
    }

    /// <summary>One of many answers that follow each other: a text line, a line of JSON, or a YAML document.</summary>
    public void Item(JsonElement json, string text)
    {
        switch (Format)
        {
            case OutputFormat.Table:
                output.WriteLine(text);
                break;
            case OutputFormat.Json:
                output.WriteLine(Json(json, OneLine));
                break;
            default:
                output.WriteLine("---");
                output.Write(Yaml.Of(json));
                break;
        }

        output.Flush();
    }

    /// <summary>What people should know besides the answer.</summary>
    public void Say(string text) => error.WriteLine(text);

    /// <summary>What went wrong; the mesh's own words on standard output too where JSON or YAML is asked for.</summary>
    public void Failure(CliFailure failure)
    {
        if (Format != OutputFormat.Table && failure.Body is { } body)
            Document(body);
        error.WriteLine(failure.Message);
    }

    private void Document(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        if (Format == OutputFormat.Json)
            output.WriteLine(Json(document.RootElement, Indented));
        else
            output.Write(Yaml.Of(document.RootElement));
    }

    private static string Json(JsonElement json, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
            json.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
