using System.CommandLine;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic canary start</c> (Flow step 1).</summary>
internal static class CanaryStartCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("start",
            "Starts a canary. It advances by itself while its responses are good, aborts by itself if they are not, and waits while too "
                + "few are known.")
        {
            Examples =
            [
                "traffic canary start --service=shop --stable=shop@v1 --canary=shop@v2",
                "traffic canary start --service=shop --canary=shop@v2 --steps 1 10 50 --bake=10m --max-error-percent=0.5",
                "traffic canary start --service=shop --canary=shop-v2 --max-latency-ratio=1.5 --min-requests=500",
                "traffic canary start -f canary.yaml",
            ],
        };
        var options = new TrafficOptions(globals);
        var stable = new Option<string?>("--stable")
        {
            Description = "What serves now: service[.namespace][@subset] [default: where the route leads]",
            HelpName = "service",
        };
        var canary = new Option<string?>("--canary")
        {
            Description = "The new version: service[.namespace][@subset]",
            HelpName = "service",
        };
        var route = new Option<string?>("--route")
        {
            Description = "The route whose weights are set [default: default]",
            HelpName = "name",
        };
        var steps = new Option<int[]>("--steps")
        {
            Description = "Shares of the canary in percent, rising [default: 5 25 50 100]",
            HelpName = "percent",
            AllowMultipleArgumentsPerToken = true,
        };
        var bake = new Option<string?>("--bake")
        {
            Description = "How long each step is watched at least [default: 5m]",
            HelpName = "duration",
        };
        var errors = new Option<double?>("--max-error-percent")
        {
            Description = "Most failed requests in percent [default: 1]",
            HelpName = "percent",
        };
        var latency = new Option<string?>("--max-latency")
        {
            Description = "Longest mean latency [default: not checked]",
            HelpName = "duration",
        };
        var ratio = new Option<double?>("--max-latency-ratio")
        {
            Description = "Longest mean latency as a multiple of the stable version's [default: not checked]",
            HelpName = "number",
        };
        var requests = new Option<int?>("--min-requests")
        {
            Description = "Requests that a step needs before anything is concluded [default: 100]",
            HelpName = "number",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "The canary as YAML or JSON; '-' reads standard input",
            HelpName = "file",
        };
        options.AddTo(command, "canary", file, canary, stable, canary, route, steps, bake, errors, latency, ratio, requests);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var success = new CanarySuccessSpec
            {
                MaxErrorPercent = parsed.GetValue(errors),
                MaxMeanLatency = parsed.GetValue(latency),
                MaxLatencyRatio = parsed.GetValue(ratio),
                MinRequests = parsed.GetValue(requests),
            };
            var write = options.WriteOptionsIn(parsed);
            var answer = parsed.GetValue(file) is { } path
                ? await session.Registry.Canaries.StartAsync(RouteFile.ReadOne(path, "canary"), write, cancellation)
                : await session.Registry.Canaries.StartAsync(new CanaryRequest
                {
                    Namespace = parsed.GetValue(options.Namespace),
                    Service = parsed.GetValue(options.Service)!,
                    Route = parsed.GetValue(route),
                    Stable = parsed.GetValue(stable),
                    Canary = parsed.GetValue(canary)!,
                    Steps = parsed.GetValue(steps) is { Length: > 0 } said ? said : null,
                    BakeTime = parsed.GetValue(bake),
                    Success = success == new CanarySuccessSpec() ? null : success,
                }, write, cancellation);
            session.Printer.Answer(answer.Body, CanaryCommands.Told(answer.Value));
        });
        return command;
    }
}
