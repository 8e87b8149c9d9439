using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Api.Client;
using Mesh.Cli.Http;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary>Which service, and which instance of it: the name as an argument (<c>cdaprod-registry</c>) or as an option.</summary>
internal sealed class ServiceOptions
{
    private const int LongestKey = 128;
    private readonly Argument<string>? _argument;
    private readonly Option<string>? _option;

    public ServiceOptions(GlobalOptions globals, bool nameAsArgument, string nameOption = "--service-name")
    {
        if (nameAsArgument)
            _argument = new("name") { Description = "Name of the service", HelpName = "name" };
        else
            _option = new(nameOption) { Description = "Name of the service", HelpName = "name", Required = true };
        (_argument?.CompletionSources
            ?? _option!.CompletionSources).Add(context => KnownServices.Names(globals, Namespace, context.ParseResult));
        IfMatch.Validators.Add(option => Check(option, int.MaxValue, "a revision, or an ETag in printable ASCII characters"));
        IdempotencyKey.Validators.Add(option => Check(option, LongestKey, $"1 to {LongestKey} printable ASCII characters"));
    }

    public Option<string?> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "Namespace [default: default]",
        HelpName = "name",
    };

    public Option<string?> InstanceId { get; } = new("--instance-id") { HelpName = "id" };

    public Option<string?> IfMatch { get; } = new("--if-match") { HelpName = "revision" };

    public Option<string?> IdempotencyKey { get; } = new("--idempotency-key")
    {
        Description = "Key under which the write is done once, however often it is sent [default: a new one]",
        HelpName = "key",
    };

    /// <summary>Adds the name, namespace, instance and what every write takes, for a write to one instance.</summary>
    public void AddForInstanceTo(Command command, string instanceDescription) =>
        AddTo(command, instanceDescription, "Revision that the instance must still have ('get -o json' shows it); refused otherwise");

    /// <summary>The same for a write to the service, or to one instance where it is named.</summary>
    public void AddForServiceTo(Command command) =>
        AddTo(
            command,
            "Only this instance [default: all]",
            "Revision that the service must still have ('get' shows it as ETag), or with --instance-id the instance ('get -o json'); "
                + "refused otherwise");

    /// <summary>Adds the name, namespace and what every write takes, for a write to something else that is a service's.</summary>
    public void AddWriteTo(Command command, string ifMatchDescription)
    {
        AddNameTo(command);
        IfMatch.Description = ifMatchDescription;
        command.Add(IfMatch);
        command.Add(IdempotencyKey);
    }

    private void AddTo(Command command, string instanceDescription, string ifMatchDescription)
    {
        AddNameTo(command);
        InstanceId.Description = instanceDescription;
        IfMatch.Description = ifMatchDescription;
        command.Add(InstanceId);
        command.Add(IfMatch);
        command.Add(IdempotencyKey);
    }

    /// <summary>Adds the name and the namespace only.</summary>
    public void AddNameTo(Command command)
    {
        if (_argument is not null)
            command.Add(_argument);
        else
            command.Add(_option!);
        command.Add(Namespace);
    }

    public string NameIn(ParseResult parsed) =>
        _argument is not null ? parsed.GetRequiredValue(_argument) : parsed.GetRequiredValue(_option!);

    /// <summary>The key and the condition of a write.</summary>
    public WriteOptions WriteOptionsIn(ParseResult parsed) => Revisions.WriteOptionsOf(parsed.GetValue(IdempotencyKey),
        parsed.GetValue(IfMatch));

    // Both travel as headers, which carry nothing else.
    private static void Check(OptionResult option, int longest, string accepted)
    {
        foreach (var token in option.Tokens.Where(
            token => token.Value.Length == 0 || token.Value.Length > longest || token.Value.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            option.AddError($"{option.Option.Name} takes {accepted}.");
    }
}
