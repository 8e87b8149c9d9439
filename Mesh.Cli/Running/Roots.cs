using System.CommandLine;
using Mesh.Cli.Completion;
using Mesh.Cli.Contexts;
using Mesh.Cli.Discovery;
using Mesh.Cli.Events;
using Mesh.Cli.Proxies;
using Mesh.Cli.Resilience;
using Mesh.Cli.Security;
using Mesh.Cli.Status;
using Mesh.Cli.Traces;
using Mesh.Cli.Traffic;

namespace Mesh.Cli.Running;

/// <summary>The commands of each of the names.</summary>
internal static class Roots
{
    public static RootCommand Of(string program)
    {
        var globals = new GlobalOptions();
        var root = program switch { ProgramName.Registry => Registry(globals), ProgramName.Discovery => Discovery(globals),
            _ => Mesh(globals) };
        root.HelpName = program;
        globals.AddTo(root);
        root.Add(CompletionCommand.Create(globals, program));
        Numbers.UseIn(root);
        HelpWithExamples.UseIn(root, program);
        return root;
    }

    private static RootCommand Mesh(GlobalOptions globals)
    {
        var root = new RootCommand("Drives a Cdaprod mesh: discovery, traffic, resilience, security, events, proxies, traces.");
        foreach (var command in MeshCommands(globals))
            root.Add(command);
        return root;
    }

    private static RootCommand Registry(GlobalOptions globals)
    {
        var root = new RootCommand("Registers services with a Cdaprod mesh. Everything else is under 'mesh'.")
        {
            RegisterCommand.Create(globals, nameAsArgument: true),
            DeregisterCommand.Create(globals, nameAsArgument: true),
            ListCommand.Create(globals),
            GetCommand.Create(globals, nameAsArgument: true),
        };
        var mesh = new MeshCommand("mesh", "All commands of cdaprod-mesh.");
        foreach (var command in MeshCommands(globals))
            mesh.Add(command);
        root.Add(mesh);
        return root;
    }

    private static RootCommand Discovery(GlobalOptions globals)
    {
        var root = new RootCommand("Services of a Cdaprod mesh and their instances: the same as 'cdaprod-mesh discovery'.");
        foreach (var command in DiscoveryCommands.All(globals))
            root.Add(command);
        return root;
    }

    private static IEnumerable<Command> MeshCommands(GlobalOptions globals) =>
    [
        DiscoveryCommands.Create(globals),
        ResilienceCommands.Create(globals),
        EventCommands.Create(globals),
        ProxyCommands.Create(globals),
        StatusCommand.Create(globals),
        TrafficCommands.Create(globals),
        SecurityCommands.Create(globals),
        TraceCommands.Create(globals),
        ContextCommands.Create(globals),
    ];
}
