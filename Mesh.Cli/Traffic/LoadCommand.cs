using System.CommandLine;
using System.Globalization;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;
using Table = Mesh.Cli.Output.Table;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic load</c>: what data planes reported of their requests, by the word of a control plane.</summary>
internal static class LoadCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("load", "Shows the results of recent requests, as all data planes report them.")
        {
            Examples = ["traffic load", "traffic load --service=shop --since=10m", "traffic load --service=shop -o json"],
        };
        var service = new Option<string?>("--service")
        {
            Description = "One service with its subsets [default: all]",
            HelpName = "service",
        };
        var @namespace = new Option<string?>("--namespace", "-n")
        {
            Description = "Its namespace [default: default; without a service, all]",
            HelpName = "name",
        };
        var since = new Option<string?>("--since")
        {
            Description = "How far back, such as 30s or 10m [default: 1m]",
            HelpName = "duration",
        };
        foreach (var option in (ReadOnlySpan<Option>)[service, @namespace, since]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var query = new LoadQuery(parsed.GetValue(service), parsed.GetValue(@namespace), parsed.GetValue(since));
            var answer = await session.ControlPlane.ListLoadAsync(query, cancellation);
            var table = new Table("CLUSTER", "SUCCEEDED", "FAILED", "ERRORS", "MEAN") { WhenEmpty = "no data plane has reported requests" };
            foreach (var load in answer.Value.Items)
            {
                table.Add(load.Cluster, load.Succeeded.ToString(CultureInfo.InvariantCulture),
                    load.Failed.ToString(CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"{load.ErrorRate * 100:0.##} %"),
                    load.MeanMilliseconds is { } mean ? string.Create(CultureInfo.InvariantCulture, $"{mean:0.##} ms") : null);
            }

            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }
}
