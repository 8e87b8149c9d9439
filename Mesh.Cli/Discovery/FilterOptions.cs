using System.CommandLine;
using Mesh.Api.Client.Requests;

namespace Mesh.Cli.Discovery;

/// <summary>Which services and instances a list or a watch shows.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> _namespace = new("--namespace", "-n")
    {
        Description = "Namespace [default: default]",
        HelpName = "name",
    };
    private readonly Option<bool> _all = new("--all-namespaces", "-A") { Description = "All namespaces" };
    private readonly Option<string?> _name = new("--service-name") { Description = "Only this service", HelpName = "name" };
    private readonly Option<string?> _protocol = new("--protocol") { Description = "Only http, grpc or tcp", HelpName = "name" };
    private readonly Option<string?> _version = new("--version") { Description = "Only instances of this version", HelpName = "text" };
    private readonly Option<string?> _zone = new("--zone") { Description = "Only instances in this zone", HelpName = "text" };
    private readonly Option<string?> _health = new("--health")
    {
        Description = "Only passing, warning or critical ones",
        HelpName = "state",
    };
    private readonly Option<string[]> _metadata = new("--metadata")
    {
        Description = "Only instances with this label; may be repeated",
        HelpName = "key=value",
    };

    public void AddTo(Command command)
    {
        _protocol.CompletionSources.Add("http", "grpc", "tcp");
        _health.CompletionSources.Add("passing", "warning", "critical");
        _metadata.Validators.Add(option =>
        {
            foreach (var token in option.Tokens.Where(token => token.Value.IndexOf('=') < 1))
                option.AddError($"--metadata takes key=value, not '{token.Value}'.");
        });
        Option[] all = [_namespace, _all, _name, _protocol, _version, _zone, _health, _metadata];
        foreach (var option in all)
            command.Add(option);
    }

    /// <summary>The filter as the registry is asked.</summary>
    public ServiceQuery In(ParseResult parsed) => new()
    {
        Namespace = parsed.GetValue(_all) ? "*" : parsed.GetValue(_namespace) ?? "default",
        Name = parsed.GetValue(_name),
        Protocol = parsed.GetValue(_protocol),
        Version = parsed.GetValue(_version),
        Zone = parsed.GetValue(_zone),
        Health = parsed.GetValue(_health),
        Metadata = LabelFlags.In(parsed.GetValue(_metadata)),
    };
}
