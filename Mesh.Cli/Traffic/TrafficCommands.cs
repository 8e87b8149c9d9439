using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic …</c>.</summary>
internal static class TrafficCommands
{
    public static Command Create(GlobalOptions globals)
    {
        var route = new MeshCommand("route",
            "Routes of a service: which requests go where.") { RouteAddCommand.Create(globals), RouteRemoveCommand.Create(globals) };
        var policy = new MeshCommand("policy", "How a service's instances are chosen from.");
        foreach (var command in PolicyCommands.All(globals))
            policy.Add(command);
        var rollout = new MeshCommand("rollout", "Changes that a share of clients gets first.");
        foreach (var command in RolloutCommands.All(globals))
            rollout.Add(command);
        return new MeshCommand("traffic", "Routes, traffic policies, canaries, blue-green switches and rollouts.")
        {
            route, ListRoutesCommand.Create(globals), policy, CanaryCommands.Create(globals), BlueGreenCommands.Create(globals),
            ExplainCommand.Create(globals),
            LoadCommand.Create(globals), rollout,
        };
    }
}
