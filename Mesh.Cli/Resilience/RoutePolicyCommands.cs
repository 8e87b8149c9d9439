using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience set-timeout</c> and <c>set-fallback</c> (Flow step 1).</summary>
internal static class RoutePolicyCommands
{
    public static MeshCommand Timeout(GlobalOptions globals)
    {
        var request = PolicyCommand.Text("--request", "Until the response is complete, if a route sets no timeout");
        var idle = PolicyCommand.Text("--idle", "Without a byte in either direction");
        var connect = PolicyCommand.Text("--connect", "Until a connection is made [default: 5s]");
        return PolicyCommand.Create(
            globals, "set-timeout", "timeout", "Limits how long requests and connections may take.",
            ["--service=shop --request=2s", "--service=shop --request=2s --connect=500ms"], [request, idle, connect],
            (parsed, name, @namespace) => new TimeoutRequest
            {
                Service = name,
                Namespace = @namespace,
                Request = parsed.GetValue(request),
                Idle = parsed.GetValue(idle),
                Connect = parsed.GetValue(connect),
            },
            static (api, request, write, cancellation) => api.SetTimeoutAsync(request, write, cancellation));
    }

    public static MeshCommand Fallback(GlobalOptions globals)
    {
        var fallback = PolicyCommand.Text("--fallback", "The service that responds instead", "name");
        fallback.Required = true;
        var fallbackNamespace = PolicyCommand.Text("--fallback-namespace", "Its namespace [default: the service's own]", "name");
        return PolicyCommand.Create(
            globals, "set-fallback", "fallback", "Names a service that responds when another cannot.",
            ["--service=shop --fallback=shop-static"], [fallback, fallbackNamespace],
            (parsed, name, @namespace) => new FallbackRequest
            {
                Service = name,
                Namespace = @namespace,
                Fallback = parsed.GetValue(fallback)!,
                FallbackNamespace = parsed.GetValue(fallbackNamespace),
            },
            static (api, request, write, cancellation) => api.SetFallbackAsync(request, write, cancellation));
    }
}
