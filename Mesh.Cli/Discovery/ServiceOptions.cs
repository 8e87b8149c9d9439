using System.CommandLine;
using Mesh.Cli.Http;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary>Which service, and which instance of it: the name as an argument (<c>cdaprod-registry</c>) or as <c>--service-name</c>.</summary>
internal sealed class ServiceOptions
{
    private readonly Argument<string>? _argument;
    private readonly Option<string>? _option;

    public ServiceOptions(GlobalOptions globals, bool nameAsArgument)
    {
        if (nameAsArgument)
            _argument = new("name") { Description = "Name of the service" };
        else
            _option = new("--service-name") { Description = "Name of the service", HelpName = "name", Required = true };
        (_argument?.CompletionSources ?? _option!.CompletionSources).Add(context => KnownServices.Names(globals, context.ParseResult));
    }

    public Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "Namespace [default: default]", HelpName = "name" };

    public Option<string?> InstanceId { get; } = new("--instance-id") { HelpName = "id" };

    public Option<string?> IfMatch { get; } = new("--if-match")
    {
        Description = "ETag that must still hold, as 'get' shows it; refused otherwise",
        HelpName = "etag",
    };

    public Option<string?> IdempotencyKey { get; } = new("--idempotency-key")
    {
        Description = "Key under which the write is done once, however often it is sent [default: a new one]",
        HelpName = "key",
    };

    /// <summary>Adds the name, namespace, instance and what every write takes.</summary>
    public void AddTo(Command command, string instanceDescription)
    {
        AddNameTo(command);
        InstanceId.Description = instanceDescription;
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

    public string NameIn(ParseResult parsed) => _argument is not null ? parsed.GetRequiredValue(_argument) : parsed.GetRequiredValue(_option!);

    public WriteHeaders HeadersIn(ParseResult parsed) => new(parsed.GetValue(IdempotencyKey) ?? Guid.CreateVersion7().ToString(), parsed.GetValue(IfMatch));
}
