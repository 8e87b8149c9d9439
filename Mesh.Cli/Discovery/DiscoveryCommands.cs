using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-mesh discovery …</c>, which <c>cdaprod-mesh-discovery …</c> is too.</summary>
internal static class DiscoveryCommands
{
    public static Command Create(GlobalOptions globals)
    {
        var discovery = new MeshCommand("discovery", "Services and their instances.");
        foreach (var command in All(globals))
            discovery.Add(command);
        return discovery;
    }

    public static IEnumerable<Command> All(GlobalOptions globals) =>
    [
        RegisterCommand.Create(globals, nameAsArgument: false),
        DeregisterCommand.Create(globals, nameAsArgument: false),
        ListCommand.Create(globals, "discovery "),
        GetCommand.Create(globals, nameAsArgument: false),
        WatchCommand.Create(globals),
        .. ModeCommands.Create(globals),
    ];
}
