using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-mesh discovery …</c>.</summary>
internal static class DiscoveryCommands
{
    public static Command Create(GlobalOptions globals)
    {
        var discovery = new MeshCommand("discovery", "Services and their instances.")
        {
            RegisterCommand.Create(globals, nameAsArgument: false),
            DeregisterCommand.Create(globals, nameAsArgument: false),
            ListCommand.Create(globals, "discovery "),
            WatchCommand.Create(globals),
        };
        foreach (var command in ModeCommands.Create(globals))
            discovery.Add(command);
        return discovery;
    }
}
