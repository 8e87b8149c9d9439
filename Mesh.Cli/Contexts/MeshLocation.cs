using System.Net;
using Mesh.Cli.Running;

namespace Mesh.Cli.Contexts;

/// <summary>Base addresses of the mesh that a command speaks to, and where they were found.</summary>
/// <param name="Registry">Of the registry.</param>
/// <param name="KnownControlPlane">Of the control plane; null where none is named and ten ports above the registry there is none.</param>
/// <param name="Worker">Of the worker; null if unknown.</param>
/// <param name="Gateway">Of the gateway; null if unknown.</param>
/// <param name="Dashboard">Of the Aspire dashboard; null if unknown.</param>
/// <param name="DashboardKey">Of the dashboard's API; null if unknown.</param>
/// <param name="Source">For messages: which setting named the registry.</param>
internal sealed record MeshLocation(Uri Registry, Uri? KnownControlPlane, Uri? Worker, Uri? Gateway, Uri? Dashboard, string? DashboardKey,
    string Source)
{
    private const string DefaultRegistry = "http://127.0.0.1:7400";
    private const int ControlPlaneOffset = 10;

    /// <summary>Of the control plane, for those who need it.</summary>
    /// <exception cref="CliFailure">Nobody has said where it is.</exception>
    public Uri ControlPlane => KnownControlPlane ?? throw new CliFailure(
        ExitCode.WrongUsage,
        $"There is no port {Registry.Port + ControlPlaneOffset}, where the control plane would be: give its address with --control-plane.");

    /// <summary>Option, then the context where one is named, then environment, then the current context, then the default port.</summary>
    public static MeshLocation Find(string? registryOption, string? controlPlaneOption, string? contextOption)
    {
        var (url, source) = registryOption is not null ? (registryOption, "--registry")
            : contextOption is null && Environment.GetEnvironmentVariable("MESH_REGISTRY") is { Length: > 0 } fromEnvironment
                ? (fromEnvironment, "MESH_REGISTRY")
            : (null, "");
        // A registry that is named directly may belong to another mesh than the current context: nothing is taken from it then.
        var context = url is null || contextOption is not null ? Context(contextOption) : null;
        if (url is null)
            (url, source) = context is { Value.Registry: { } listed }
                ? (listed, $"context '{context.Value.Key}'")
                : (DefaultRegistry, "default");

        var registry = Parse(url, source);
        var controlPlane = controlPlaneOption
            ?? (contextOption is null && Environment.GetEnvironmentVariable("MESH_CONTROL_PLANE") is { Length: > 0 } set
                ? set
                : context?.Value.ControlPlane);
        return new(
            registry,
            controlPlane is { Length: > 0 } ? Parse(controlPlane, "control plane") : Above(registry),
            InContext(known => known.Worker),
            InContext(known => known.Gateway),
            InContext(known => known.Dashboard),
            context?.Value.DashboardKey,
            source);

        Uri? InContext(Func<MeshContext, string?> part) =>
            context is { } found && part(found.Value) is { } address ? Parse(address, $"context '{found.Key}'") : null;
    }

    private static Uri? Above(Uri registry) =>
        registry.Port + ControlPlaneOffset <= IPEndPoint.MaxPort
            ? new UriBuilder(registry) { Port = registry.Port + ControlPlaneOffset }.Uri
            : null;

    private static KeyValuePair<string, MeshContext>? Context(string? name)
    {
        var file = ContextsFile.Read();
        if ((name ?? file.Current) is not { } wanted)
            return null;
        if (file.Contexts.TryGetValue(wanted, out var context))
            return new(wanted, context);
        if (name is null)
            return null;
        var known = file.Contexts.Count == 0
            ? "there is none yet"
            : $"there are: {string.Join(", ", file.Contexts.Keys.Order(StringComparer.Ordinal))}";
        throw new CliFailure(ExitCode.WrongUsage, $"No context '{name}' in {ContextsFile.Path}; {known}.");
    }

    private static Uri Parse(string url, string source)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https"))
            return uri;
        throw new CliFailure(ExitCode.WrongUsage, $"'{url}' ({source}) is not an http URL such as {DefaultRegistry}.");
    }
}
