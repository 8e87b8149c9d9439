using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary>The flags of a registration. What they say is judged by the registry, which names every fault at once.</summary>
internal sealed class RegistrationOptions
{
    private readonly Option<string?> _url = new("--url") { Description = "Where it is, such as http://127.0.0.1:9001", HelpName = "url" };
    private readonly Option<string?> _address = new("--address")
    {
        Description = "Instead of --url: IP address or host name",
        HelpName = "host",
    };
    private readonly Option<int?> _port = new("--port") { Description = "With --address", HelpName = "number", CustomParser = Numbers.Int };
    private readonly Option<string?> _protocol = new("--protocol")
    {
        Description = "http, grpc or tcp [default: by the URL, else http]",
        HelpName = "name",
    };
    private readonly Option<string?> _version = new("--version") { Description = "Such as v1", HelpName = "text" };
    private readonly Option<string?> _zone = new("--zone") { Description = "Such as z1", HelpName = "text" };
    private readonly Option<int?> _weight = new("--weight")
    {
        Description = "Relative to the other instances [default: 100]",
        HelpName = "number",
        CustomParser = Numbers.Int,
    };
    private readonly Option<string[]> _metadata = new("--metadata")
    {
        Description = "Free labels; may be repeated",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _ttl = new("--ttl")
    {
        Description = "Lease: it becomes critical after this long without a heartbeat, such as 30s",
        HelpName = "time",
        CustomParser = Seconds,
    };

    private readonly Option<string?> _check = new("--check")
    {
        Description = "Probe it: http[:/path], tcp or grpc[:service]",
        HelpName = "probe",
    };
    private readonly Option<string?> _interval = new("--check-interval")
    {
        Description = "Between probes [default: 10s]",
        HelpName = "time",
    };
    private readonly Option<string?> _timeout = new("--check-timeout")
    {
        Description = "Until a probe has failed [default: 2s]",
        HelpName = "time",
    };
    private readonly Option<int?> _rise = new("--check-rise")
    {
        Description = "Passing probes until passing [default: 2]",
        HelpName = "number",
        CustomParser = Numbers.Int,
    };
    private readonly Option<int?> _fall = new("--check-fall")
    {
        Description = "Failing probes until critical [default: 3]",
        HelpName = "number",
        CustomParser = Numbers.Int,
    };
    private readonly Option<string?> _deregisterAfter = new("--deregister-after")
    {
        Description = "Deregister it after it has been critical for this long",
        HelpName = "time",
    };
    private readonly Option<bool> _replace = new("--replace") { Description = "Make it the only instance" };

    public void AddTo(Command command)
    {
        _protocol.CompletionSources.Add("http", "grpc", "tcp");
        _check.CompletionSources.Add("http:/health", "tcp", "grpc");
        _metadata.Validators.Add(NeedsEqualsSign);
        Option[] all =
        [
            _url, _address, _port, _protocol, _version, _zone, _weight, _metadata, _ttl,
            _check, _interval, _timeout, _rise, _fall, _deregisterAfter, _replace,
        ];
        foreach (var option in all)
            command.Add(option);
        command.Validators.Add(CheckFlagsNeedACheck);
    }

    public bool ReplaceIn(ParseResult parsed) => parsed.GetValue(_replace);

    public RegistrationRequest In(ParseResult parsed, string name, string? @namespace, string? instanceId) => new()
    {
        Name = name,
        Namespace = @namespace,
        InstanceId = instanceId,
        Url = parsed.GetValue(_url),
        Address = parsed.GetValue(_address),
        Port = parsed.GetValue(_port),
        Protocol = parsed.GetValue(_protocol),
        Version = parsed.GetValue(_version),
        Zone = parsed.GetValue(_zone),
        Weight = parsed.GetValue(_weight),
        Metadata = LabelFlags.In(parsed.GetValue(_metadata)),
        TtlSeconds = parsed.GetValue(_ttl),
        HealthCheck = CheckIn(parsed),
        DeregisterAfterCritical = parsed.GetValue(_deregisterAfter),
    };

    private HealthCheckRequest? CheckIn(ParseResult parsed)
    {
        if (parsed.GetValue(_check) is not { } check)
            return null;
        var colon = check.IndexOf(':');
        return new HealthCheckRequest
        {
            Kind = colon < 0 ? check : check[..colon],
            Path = colon < 0 ? null : check[(colon + 1)..],
            Interval = parsed.GetValue(_interval),
            Timeout = parsed.GetValue(_timeout),
            Rise = parsed.GetValue(_rise),
            Fall = parsed.GetValue(_fall),
        };
    }

    private void CheckFlagsNeedACheck(CommandResult command)
    {
        if (command.GetResult(_check) is not null)
            return;
        if (command.GetResult(_deregisterAfter) is not null && command.GetResult(_ttl) is null)
            command.AddError($"{_deregisterAfter.Name} needs {_ttl.Name} or {_check.Name}.");
        Option[] dependent = [_interval, _timeout, _rise, _fall];
        foreach (var option in dependent.Where(option => command.GetResult(option) is not null))
            command.AddError($"{option.Name} needs --check.");
    }

    private static void NeedsEqualsSign(OptionResult option)
    {
        foreach (var token in option.Tokens.Where(token => token.Value.IndexOf('=') < 1))
            option.AddError($"--metadata takes key=value, not '{token.Value}'.");
    }

    private static int? Seconds(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var (digits, factor) = text switch
        {
            [.. var seconds, 's'] => (seconds, 1),
            [.. var minutes, 'm'] => (minutes, 60),
            [.. var hours, 'h'] => (hours, 3600),
            _ => (text, 1),
        };
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue / factor)
            return number * factor;
        argument.AddError($"--ttl takes whole seconds such as 30s, or 5m, or 1h, not '{text}'.");
        return null;
    }
}
