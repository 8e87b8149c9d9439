using System.Net.Http.Headers;
using Mesh.DataPlane.Requests;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// The last thing before a request is written to an upstream, whoever sends it and whatever has been rewritten: only a head that
/// <see cref="HeadSyntax"/> takes goes on. Flow step 9.
/// </summary>
/// <remarks>
/// The gateway refuses clients' faults when requests come in; this one holds where something between has made bytes that nobody has looked
/// at.
/// </remarks>
/// <param name="inner">What writes it. Where the head is refused, that is not asked, and a <see cref="MalformedRequestException"/> comes
/// instead.</param>
public sealed class UpstreamGate(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        FaultOf(request) is { } fault
            ? Task.FromException<HttpResponseMessage>(new MalformedRequestException(fault))
            : base.SendAsync(request, cancellationToken);

    /// <summary>What is wrong with the head as it would be written, or null.</summary>
    public static string? FaultOf(HttpRequestMessage request) =>
        HeadSyntax.FaultOfMethod(request.Method.Method)
        ?? HeadSyntax.FaultOfPath(request.RequestUri!.PathAndQuery)
        ?? HeadSyntax.FaultOfAuthority(request.Headers.Host is { Length: > 0 } host ? host : request.RequestUri.Authority)
        ?? FaultOf(request.Headers)
        ?? (request.Content is { } content ? FaultOf(content.Headers) : null);

    private static string? FaultOf(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (HeadSyntax.FaultOfName(name) is { } bad)
                return bad;
            foreach (var value in values)
            {
                if (HeadSyntax.FaultOfValue(name, value) is { } fault)
                    return fault;
            }
        }

        return null;
    }
}
