using System.Diagnostics;

namespace Mesh.Cli.Http;

/// <summary>
/// All requests of one command share one trace, whose root they are; it is recorded for writes only, so that the last trace is that of the
/// last change.
/// </summary>
internal sealed class CommandTrace(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly ActivityTraceId _id = ActivityTraceId.CreateRandom();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("traceparent", $"00-{_id}-{ActivitySpanId.CreateRandom()}-{(request.Method == HttpMethod.Get ? "00" : "01")}");
        return base.SendAsync(request, cancellationToken);
    }
}
