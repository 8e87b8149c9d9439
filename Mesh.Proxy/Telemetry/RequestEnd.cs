namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Why a request was not answered by an endpoint to its end: a feature of those that the gateway has answered itself, or whose answer it
/// has broken off. By its status alone a broken-off answer looks like any other.
/// </summary>
/// <param name="Reason">A word for programs, for example <c>no-endpoint</c>.</param>
internal sealed record RequestEnd(string Reason)
{
    /// <summary>The reason; null where an endpoint's answer was passed on to its end.</summary>
    public static string? ReasonOf(HttpContext context) => context.Features.Get<RequestEnd>()?.Reason;
}
