using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Output;
using Mesh.Cli.Running;

namespace Mesh.Cli.Status;

/// <summary><c>cdaprod-mesh status</c>: which parts of the mesh answer, and how far the log is.</summary>
internal static class StatusCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("status",
            "Shows whether the mesh is ready, and how far its log is. Ends with 1 if a part is not ready; one that is degraded serves.")
        {
            Examples = ["status", "status -o json"],
        };
        command.Does(globals, async (session, cancellation) =>
        {
            var known = PartsOf(session).ToList();
            // Nothing can be said about a mesh whose registry cannot be reached: that ends with 3.
            var registry = await session.Registry.Log.GetStatusJsonAsync(cancellation);
            var parts = await Task.WhenAll(known.Select(part => PartStatus.AskAsync(session.Connection, part.Name, part.Address,
                cancellation)));
            session.Printer.Answer(Json(registry.Body, parts), Text(registry.Body, session.Location.Source, parts));
            if (parts.Where(part => !part.Ready).Select(part => part.Name).ToArray() is { Length: > 0 } missing)
                throw new CliFailure(ExitCode.Failed, $"not ready: {string.Join(", ", missing)}");
        });
        return command;
    }

    private static IEnumerable<(string Name, Uri Address)> PartsOf(Session session)
    {
        yield return ("registry", session.Location.Registry);
        yield return ("control-plane", session.Location.ControlPlane);
        if (session.Location.Worker is { } worker)
            yield return ("worker", worker);
        if (session.Location.Gateway is { } gateway)
            yield return ("gateway", gateway);
    }

    private static string Text(ReadOnlyMemory<byte> registry, string source, PartStatus[] parts)
    {
        using var status = JsonDocument.Parse(registry);
        var text = new StringWriter();
        var table = new Table("PART", "ADDRESS", "STATE", "DETAIL");
        foreach (var part in parts)
            table.Add(part.Name, part.Address.GetLeftPart(UriPartial.Authority), part.State, part.Detail);
        table.WriteTo(text);
        foreach (var property in status.RootElement.EnumerateObject()
            .Where(property => property.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)))
            text.WriteLine($"{property.Name}: {property.Value}");
        text.Write($"(mesh found by {source})");
        return text.ToString();
    }

    private static byte[] Json(ReadOnlyMemory<byte> registry, PartStatus[] parts)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("registry");
            writer.WriteRawValue(registry.Span);
            writer.WriteStartArray("parts");
            foreach (var part in parts)
            {
                writer.WriteStartObject();
                writer.WriteString("name", part.Name);
                writer.WriteString("address", part.Address.GetLeftPart(UriPartial.Authority));
                writer.WriteBoolean("ready", part.Ready);
                writer.WriteString("state", part.State);
                writer.WriteString("detail", part.Detail);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
