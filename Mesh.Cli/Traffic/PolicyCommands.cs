using System.CommandLine;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic policy set|remove|show</c> (Flow step 1).</summary>
internal static class PolicyCommands
{
    public static IEnumerable<Command> All(GlobalOptions globals) => [Set(globals), Remove(globals), Show(globals)];

    private static MeshCommand Set(GlobalOptions globals)
    {
        var command = new MeshCommand("set", "Sets a service's traffic policy as a whole. Doing it again changes nothing.")
        {
            Examples = ["traffic policy set --service=shop --balancing=least_request --slow-start=30s",
                "traffic policy set --service=shop --subset canary:track=canary --failover z1 z2",
                "traffic policy set --service=shop -f policy.yaml"],
        };
        var options = new TrafficOptions(globals);
        var balancing = new Option<string?>("--balancing")
        {
            Description = "round_robin, least_request, random, ring_hash or maglev",
            HelpName = "policy",
        };
        var subsets = new Option<string[]>("--subset")
        {
            Description = "A named subset by metadata: name:key=value[,key=value]",
            HelpName = "selector",
        };
        var zones = new Option<string[]>("--failover")
        {
            Description = "Zones in the order in which they are used",
            HelpName = "zone",
            AllowMultipleArgumentsPerToken = true,
        };
        var aware = new Option<bool>("--zone-aware") { Description = "Callers prefer instances of their own zone" };
        var slow = new Option<string?>("--slow-start")
        {
            Description = "How long a new instance takes to get its full share",
            HelpName = "duration",
        };
        var panic = new Option<int?>("--panic-threshold")
        {
            Description = "With fewer healthy instances, in percent, ejections are ignored [default: 50]",
            HelpName = "percent",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "The policy as YAML or JSON; '-' reads standard input",
            HelpName = "file",
        };
        options.AddTo(command);
        foreach (var option in (ReadOnlySpan<Option>)[balancing, subsets, zones, aware, slow, panic, file]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var balance = new LoadBalancingRequest
            {
                Policy = parsed.GetValue(balancing),
                ZoneAware = parsed.GetValue(aware) ? true : null,
                Failover = parsed.GetValue(zones) is { Length: > 0 } order ? order : null,
                SlowStart = parsed.GetValue(slow),
                PanicThreshold = parsed.GetValue(panic),
            };
            var (service, @namespace, write) = (parsed.GetValue(options.Service)!, parsed.GetValue(options.Namespace),
                options.WriteOptionsIn(parsed));
            var (answer, body, _) = parsed.GetValue(file) is { } path
                ? await session.Registry.TrafficPolicies.SetAsync(service, RouteFile.ReadOne(path, "policy"), @namespace, write,
                    cancellation)
                : await session.Registry.TrafficPolicies.SetAsync(service, new TrafficPolicyRequest
                {
                    Subsets = parsed.GetValue(subsets) is { Length: > 0 } texts ? [.. texts.Select(SubsetOf)] : null,
                    LoadBalancing = balance == new LoadBalancingRequest() ? null : balance,
                }, @namespace, write, cancellation);
            session.Printer.Answer(body, answer.Changed ? $"traffic policy of {NameOf(answer)} set at sequence {answer.Sequence}"
                : $"nothing changed: the traffic policy of {NameOf(answer)} has these values already (sequence {answer.Sequence})");
        });
        return command;
    }

    private static MeshCommand Remove(GlobalOptions globals)
    {
        var command = new MeshCommand("remove", "Resets a service's traffic policy to the defaults. Doing it again changes nothing.")
        {
            Examples = ["traffic policy remove --service=shop"],
        };
        var options = new TrafficOptions(globals);
        options.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var (service, @namespace) = (session.Parsed.GetValue(options.Service)!, session.Parsed.GetValue(options.Namespace));
            var (answer, body, _) = await session.Registry.TrafficPolicies.RemoveAsync(service, @namespace,
                options.WriteOptionsIn(session.Parsed), cancellation);
            session.Printer.Answer(body, answer.Changed ? $"traffic policy of {NameOf(answer)} removed at sequence {answer.Sequence}"
                : $"nothing changed: {NameOf(answer)} has no traffic policy (sequence {answer.Sequence})");
        });
        return command;
    }

    private static MeshCommand Show(GlobalOptions globals)
    {
        var command = new MeshCommand("show", "Shows a service's traffic policy.")
        {
            Examples = ["traffic policy show --service=shop -o yaml"],
        };
        var options = new TrafficOptions(globals);
        options.AddTo(command, writes: false);
        command.Does(globals, async (session, cancellation) =>
        {
            var (service, @namespace) = (session.Parsed.GetValue(options.Service)!, session.Parsed.GetValue(options.Namespace));
            var (policy, body, _) = await session.Registry.TrafficPolicies.GetAsync(service, @namespace, cancellation);
            var table = new Table("SERVICE", "BALANCING", "ZONES", "SLOW START", "PANIC", "SUBSETS");
            var how = policy.LoadBalancing;
            table.Add(TrafficOptions.NameOf(policy.Namespace, policy.Service), how?.Policy,
                string.Join(' ',
                    new[] { how?.ZoneAware is true ? "own first" : null,
                        how?.Failover is { } order ? string.Join('>', order) : null }.OfType<string>()),
                how?.SlowStart, how?.PanicThreshold is { } panic ? $"{panic} %" : null,
                string.Join(' ',
                    (policy.Subsets
                        ?? []).Select(
                            subset => $"{subset.Name}:{string.Join(',', subset.Selector.Select(one => $"{one.Key}={one.Value}"))}")));
            session.Printer.Answer(body, table);
        });
        return command;
    }

    private static string NameOf(TrafficWriteAnswer answer) => TrafficOptions.NameOf(answer.Namespace, answer.Service);

    private static SubsetSpec SubsetOf(string text)
    {
        var colon = text.IndexOf(':');
        var selector = new Dictionary<string, string>();
        foreach (var pair in colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new CliFailure(ExitCode.WrongUsage, $"--subset {text}: '{pair}' is not key=value");
            selector[pair[..equals]] = pair[(equals + 1)..];
        }

        return colon > 0 && selector.Count > 0
            ? new SubsetSpec { Name = text[..colon], Selector = selector }
            : throw new CliFailure(ExitCode.WrongUsage, $"--subset {text}: write name:key=value");
    }
}
