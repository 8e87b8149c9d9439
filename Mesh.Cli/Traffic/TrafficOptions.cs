using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Cli.Discovery;
using Mesh.Cli.Http;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traffic;

/// <summary>What commands on routes and policies have in common: the service, its namespace, and what every write takes.</summary>
internal sealed class TrafficOptions
{
    public TrafficOptions(GlobalOptions globals) =>
        Service.CompletionSources.Add(context => KnownServices.Names(globals, Namespace, context.ParseResult));

    public Option<string?> Service { get; } = new("--service") { Description = "Name of the service", HelpName = "name" };

    public Option<string?> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "Namespace [default: default]",
        HelpName = "name",
    };

    public Option<string?> IfMatch { get; } = new("--if-match")
    {
        Description = "Revision that it must still have ('-o json' shows it); refused otherwise",
        HelpName = "revision",
    };

    public Option<string?> IdempotencyKey { get; } = new("--idempotency-key")
    {
        Description = "Key under which the write is done once, however often it is sent [default: a new one]",
        HelpName = "key",
    };

    public void AddTo(Command command, bool required = true, bool writes = true)
    {
        Service.Required = required;
        command.Add(Service);
        command.Add(Namespace);
        if (!writes)
            return;
        command.Add(IfMatch);
        command.Add(IdempotencyKey);
    }

    /// <summary>
    /// Adds options that say it piece by piece, of which the service and <paramref name="needed"/> are required, or
    /// <paramref name="file"/>, which says everything.
    /// </summary>
    public void AddTo(Command command, string what, Option file, Option needed, params Option[] pieces)
    {
        AddTo(command, required: false);
        foreach (var option in pieces.Append(file)) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is not null)
            {
                if (pieces.Append(Service).Append(Namespace).Any(option => result.GetResult(option) is { Implicit: false }))
                    result.AddError($"--file describes the whole {what}: no other option can be combined with it.");
            }
            else if (result.GetResult(Service) is null || result.GetResult(needed) is null)
            {
                result.AddError($"Use --service and {needed.Name}, or --file.");
            }
        });
    }

    /// <summary>
    /// The key and the condition of a write; of several in one command each needs a key of its own, made from the one that was given.
    /// </summary>
    public WriteOptions WriteOptionsIn(ParseResult parsed, int index = 0)
    {
        var key = parsed.GetValue(IdempotencyKey);
        return Revisions.WriteOptionsOf(key is null || index == 0 ? key : $"{key}.{index}", parsed.GetValue(IfMatch));
    }

    public static string NameOf(string? @namespace, string? service) =>
        @namespace is null or "default" ? service ?? "" : $"{@namespace}/{service}";
}
