using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Cli.Contexts;
using Mesh.Cli.Http;
using Mesh.Cli.Output;

namespace Mesh.Cli.Running;

/// <summary>What the action of one command works with.</summary>
internal sealed class Session(GlobalOptions globals, ParseResult parsed, Printer printer) : IDisposable
{
    private readonly Lazy<MeshLocation> _location = new(() =>
        MeshLocation.Find(parsed.GetValue(globals.Registry), parsed.GetValue(globals.ControlPlane), parsed.GetValue(globals.Context)));

    /// <summary>The values given on the command line.</summary>
    public ParseResult Parsed { get; } = parsed;

    /// <summary>Where answers go.</summary>
    public Printer Printer { get; } = printer;

    /// <summary>Where the mesh is.</summary>
    public MeshLocation Location => _location.Value;

    /// <summary>Speaks HTTP to its parts.</summary>
    public MeshConnection Connection { get; } = new(TimeProvider.System, printer.Say);

    /// <summary>The operations of its registry.</summary>
    public MeshApiClient Registry => field ??= Connection.ToRegistry(Location.Registry);

    /// <summary>What its control plane knows.</summary>
    public ControlPlaneApiClient ControlPlane => field ??= Connection.ToControlPlane(Location.ControlPlane);

    public void Dispose() => Connection.Dispose();
}
