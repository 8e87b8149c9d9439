using Mesh.Cli.Running;

namespace Mesh.Cli.Contexts;

/// <summary>Base addresses of the mesh that a command speaks to, and where they were found.</summary>
/// <param name="Registry">Of the registry.</param>
/// <param name="ControlPlane">Of the control plane.</param>
/// <param name="Gateway">Of the gateway; null if unknown.</param>
/// <param name="AppHost">Of the AppHost's own small interface; null if unknown.</param>
/// <param name="Source">For messages: which setting named the registry.</param>
internal sealed record MeshLocation(Uri Registry, Uri ControlPlane, Uri? Gateway, Uri? AppHost, string Source)
{
    private const string DefaultRegistry = "http://127.0.0.1:7400";
    private const int ControlPlaneOffset = 10;

    /// <summary>Option, then environment, then context, then the default port.</summary>
    public static MeshLocation Find(string? registryOption, string? controlPlaneOption, string? contextOption)
    {
        var (url, source) = registryOption is not null ? (registryOption, "--registry")
            : contextOption is null && Environment.GetEnvironmentVariable("MESH_REGISTRY") is { Length: > 0 } fromEnvironment ? (fromEnvironment, "MESH_REGISTRY")
            : (null, "");
        // A registry that is named directly may belong to another mesh than the current context: nothing is taken from it then.
        var context = url is null || contextOption is not null ? Context(contextOption) : null;
        if (url is null)
            (url, source) = context is { Value.Registry: { } known } ? (known, $"context '{context.Value.Key}'") : (DefaultRegistry, "default");

        var registry = Parse(url, source);
        var controlPlane = controlPlaneOption ?? Environment.GetEnvironmentVariable("MESH_CONTROL_PLANE") ?? context?.Value.ControlPlane;
        return new(
            registry,
            controlPlane is { Length: > 0 } ? Parse(controlPlane, "control plane") : new UriBuilder(registry) { Port = registry.Port + ControlPlaneOffset }.Uri,
            context?.Value.Gateway is { } gateway ? Parse(gateway, $"context '{context.Value.Key}'") : null,
            context?.Value.Apphost is { } appHost ? Parse(appHost, $"context '{context.Value.Key}'") : null,
            source);
    }

    private static KeyValuePair<string, MeshContext>? Context(string? name)
    {
        var file = ContextsFile.Read();
        if ((name ?? file.Current) is not { } wanted)
            return null;
        if (file.Contexts.TryGetValue(wanted, out var context))
            return new(wanted, context);
        if (name is null)
            return null;
        var known = file.Contexts.Count == 0 ? "there is none yet" : $"there are: {string.Join(", ", file.Contexts.Keys.Order(StringComparer.Ordinal))}";
        throw new CliFailure(ExitCode.WrongUsage, $"No context '{name}' in {ContextsFile.Path}; {known}.");
    }

    private static Uri Parse(string url, string source)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https"))
            return uri;
        throw new CliFailure(ExitCode.WrongUsage, $"'{url}' ({source}) is no http URL such as {DefaultRegistry}.");
    }
}
