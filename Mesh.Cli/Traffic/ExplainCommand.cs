using System.CommandLine;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic explain</c>: which way a request takes, and why, by the word of a control plane.</summary>
internal static class ExplainCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("explain", "Shows which rule takes a request, why, and where it goes, as a data plane would decide.")
        {
            Examples =
            [
                "traffic explain --to=shop --path=/cart",
                "traffic explain --from=web --to=shop --path='/cart/1?v=2' --header=x-user:beta --method=POST",
                "traffic explain --to=shop --node=gateway-1 -o json",
            ],
        };
        var from = new Option<string?>("--from")
        {
            Description = "The service that calls [default: one that no rule names]",
            HelpName = "service",
        };
        var to = new Option<string>("--to") { Description = "The service that is called", HelpName = "service", Required = true };
        var path = new Option<string?>("--path") { Description = "Path, with a query if there is one [default: /]", HelpName = "path" };
        var header = new Option<string[]>("--header") { Description = "A header as name:value; may be repeated", HelpName = "name:value" };
        var method = new Option<string?>("--method") { Description = "[default: GET]", HelpName = "method" };
        var query = new Option<string?>("--query") { Description = "Query, in place of one in the path", HelpName = "text" };
        var @namespace = new Option<string?>("--namespace", "-n")
        {
            Description = "Namespace of both services [default: default]",
            HelpName = "name",
        };
        var node = new Option<string?>("--node")
        {
            Description = "Node id of the calling client, for what only a share of clients gets yet",
            HelpName = "id",
        };
        foreach (var option in (ReadOnlySpan<Option>)[from, to, path, header, method, query, @namespace, node]) command.Add(option);
        command.Validators.Add(result =>
        {
            foreach (var one in result.GetValue(header) ?? [])
            {
                if (one.IndexOf(':') < 1) result.AddError($"'{one}' is not a header; write it as name:value.");
            }
        });
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var answer = await session.ControlPlane.ExplainAsync(
                new ExplainQuery(parsed.GetRequiredValue(to))
                {
                    From = parsed.GetValue(from),
                    Path = parsed.GetValue(path),
                    Method = parsed.GetValue(method),
                    Query = parsed.GetValue(query),
                    Namespace = parsed.GetValue(@namespace),
                    Node = parsed.GetValue(node),
                    Headers = [.. (parsed.GetValue(header) ?? []).Select(HeaderOf)],
                },
                cancellation);
            session.Printer.Answer(answer.Body, string.Join('\n', Lines(answer.Value)));
        });
        return command;
    }

    private static KeyValuePair<string, string> HeaderOf(string text)
    {
        var colon = text.IndexOf(':');
        return new(text[..colon], text[(colon + 1)..].Trim());
    }

    private static IEnumerable<string> Lines(ExplainAnswer answer)
    {
        yield return $"{answer.From ?? "anybody"} → {answer.To}: "
            + $"{(answer.Route is null ? answer.Action : $"route {answer.Route}, {answer.Action}")} (sequence {answer.Sequence})";
        if (answer.InShare is { } share)
            yield return $"  this client {(share ? "belongs" : "does not belong")} to the share that a rollout has reached";
        yield return "rules, in order:";
        foreach (var rule in answer.Rules)
            yield return $"  {rule.Result,-12} {rule.Name}{(rule.Why.Count == 0 ? "" : ": " + string.Join("; ", rule.Why))}";
        if (answer.Clusters.Count > 0) yield return "goes to:";
        foreach (var cluster in answer.Clusters)
        {
            yield return $"  {cluster.Name} weight {cluster.Weight}, "
                + $"{cluster.Balancing ?? "-"}{(cluster.Unresolved ? ", unresolved: 503" : "")}";
            foreach (var policy in cluster.Policies) yield return $"    {policy}";
            foreach (var e in cluster.Endpoints)
                yield return $"    {e.Address} {e.Health} weight {e.Weight} priority {e.Priority} "
                    + $"{string.Join(' ', new[] { e.Instance, e.Version, e.Zone }.OfType<string>())}";
        }

        foreach (var (name, value) in Rest(answer)) yield return $"{name}: {value}";
    }

    private static IEnumerable<(string Name, string Value)> Rest(ExplainAnswer answer)
    {
        if (answer.Treatment is { } on)
        {
            if (on.Answer is { } said) yield return ("answers", said);
            if (on.Timeout is { } timeout) yield return ("timeout", timeout);
            if (on.Retry is { } retry) yield return ("retry", retry);
            foreach (var (name, values) in new (string, IReadOnlyList<string>)[] { ("fault", on.Faults), ("mirror", on.Mirrors),
                ("rewrite", on.Rewrites), ("hash", on.Hash) })
            {
                foreach (var value in values) yield return (name, value);
            }
        }

        if (answer.Service?.RateLimit is { } limit) yield return ("rate limit", limit);
        if (answer.Service?.Fallback is { } fallback) yield return ("fallback", fallback);
    }
}
