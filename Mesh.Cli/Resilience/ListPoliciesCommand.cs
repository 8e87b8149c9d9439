using System.CommandLine;
using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Output;
using Mesh.Cli.Running;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience list-policies</c>.</summary>
internal static class ListPoliciesCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var @namespace = new Option<string?>("--namespace", "-n") { Description = "Only this namespace [default: all]", HelpName = "name" };
        var service = new Option<string?>("--service") { Description = "Only this service", HelpName = "name" };
        var kind = new Option<string?>("--kind") { Description = $"Only this kind: {string.Join(", ", ResilienceCommands.Kinds.Keys)}",
            HelpName = "kind" };
        kind.CompletionSources.Add([.. ResilienceCommands.Kinds.Keys]);
        var command = new MeshCommand("list-policies", "Lists resilience policies.")
        {
            Examples = ["resilience list-policies", "resilience list-policies --service=shop -o yaml",
                "resilience list-policies --kind=bulkhead"],
        };
        command.Add(@namespace);
        command.Add(service);
        command.Add(kind);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var query = new PolicyQuery(parsed.GetValue(@namespace), parsed.GetValue(service), parsed.GetValue(kind));
            var answer = await session.Registry.Resilience.ListAsync(query, cancellation);
            session.Printer.Answer(answer.Body, TableOf(answer.Body));
        });
        return command;
    }

    // What a kind says stands under its own name; a mesh that is newer than this program may have more of them.
    private static Table TableOf(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var table = new Table("SERVICE", "KIND", "REVISION", "POLICY") { WhenEmpty = "no policies" };
        foreach (var item in document.RootElement.GetProperty("items").EnumerateArray())
        {
            var (name, @namespace) = (item.GetProperty("service").GetString(), item.GetProperty("namespace").GetString());
            var policy = item.EnumerateObject().FirstOrDefault(member => member.Value.ValueKind == JsonValueKind.Object).Value;
            table.Add(
                @namespace == "default" ? name : $"{@namespace}/{name}",
                item.GetProperty("kind").GetString(),
                item.GetProperty("revision").GetRawText(),
                policy.ValueKind == JsonValueKind.Object
                    ? string.Join(' ',
                        policy.EnumerateObject().Where(member => member.Name is not ("service" or "namespace")).Select(Shown))
                    : null);
        }

        return table;
    }

    private static string Shown(JsonProperty member) =>
        $"{member.Name}={(member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText())}";
}
