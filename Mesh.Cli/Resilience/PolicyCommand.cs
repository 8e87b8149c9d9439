using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Api.Client.Operations;
using Mesh.Cli.Discovery;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Resilience;

/// <summary>
/// A command that sets one policy of a service (Flow step 1). What its flags say is judged by the registry, which names every fault at
/// once.
/// </summary>
internal static class PolicyCommand
{
    public const string IfMatch = "Revision that the policy must still have ('resilience list-policies' shows it); refused otherwise";

    public static Option<int?> Number(string name, string description) =>
        new(name) { Description = description, HelpName = "number", CustomParser = Numbers.Int };

    public static Option<string?> Text(string name, string description, string helpName = "time") =>
        new(name) { Description = description, HelpName = helpName };

    /// <summary>The command with these flags besides the service's.</summary>
    public static MeshCommand Create<TRequest>(
        GlobalOptions globals, string verb, string kind, string description, string[] examples, Option[] options,
        Func<ParseResult, string, string?, TRequest> request,
        Func<ResilienceApi, TRequest, WriteOptions, CancellationToken, Task<ApiAnswer<PolicyWriteAnswer>>> set)
    {
        var command = new MeshCommand(verb, description)
        {
            Examples = [.. examples.Select(example => $"resilience {verb} {example}".TrimEnd())],
        };
        var service = new ServiceOptions(globals, nameAsArgument: false, "--service");
        service.AddWriteTo(command, IfMatch);
        foreach (var option in options)
            command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var (name, @namespace) = (service.NameIn(session.Parsed), session.Parsed.GetValue(service.Namespace));
            var write = service.WriteOptionsIn(session.Parsed);
            var answer = await set(session.Registry.Resilience, request(session.Parsed, name, @namespace), write, cancellation);
            session.Printer.Answer(answer.Body, Told(kind, $"{@namespace ?? "default"}/{name}", answer.Value));
        });
        return command;
    }

    private static string Told(string kind, string service, PolicyWriteAnswer answer) => answer.Changed
        ? $"set the {kind} policy of {service} at sequence {answer.Sequence}"
        : $"nothing changed: the {kind} policy of {service} has these values already (sequence {answer.Sequence})";
}
