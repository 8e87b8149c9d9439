using System.Net;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;
using Mesh.DataPlane.Transport;

namespace Mesh.Samples.Caller;

/// <summary>
/// A request of this program's own, and how the platform's client sends it for the call engine. Its answer is read to the end before it
/// counts as one, as <see cref="HttpClient"/> does.
/// </summary>
/// <param name="client">What sends it: one of <see cref="UpstreamHandler"/>, which makes no attempts that nobody counts.</param>
/// <param name="request">The request; its address says only path and query.</param>
/// <param name="cancellationToken">The caller's end.</param>
public sealed class HttpCall(HttpMessageInvoker client, HttpRequestMessage request, CancellationToken cancellationToken)
    : ICallRequest, IRequestHeaders, ICallTransport<AttemptResult>
{
    /// <summary>The answer, where the call was delivered.</summary>
    public HttpResponseMessage? Answer { get; private set; }

    /// <inheritdoc/>
    public RequestFacts Facts =>
        new(request.Method.Method, request.RequestUri!.AbsolutePath, request.RequestUri.Query.TrimStart('?'), this);

    /// <inheritdoc/>
    public ReadOnlySpan<char> PathAndQuery => request.RequestUri!.PathAndQuery;

    /// <inheritdoc/>
    public string? Source => null;

    /// <inheritdoc/>
    public bool IsGrpc =>
        request.Content?.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <inheritdoc/>
    public bool IsUpgrade => false;

    /// <inheritdoc/>
    public bool CanHaveBody => request.Content is not null;

    /// <inheritdoc/>
    public long? ContentLength => request.Content?.Headers.ContentLength;

    /// <inheritdoc/>
    public Stream Body { get; set; } = request.Content?.ReadAsStream(cancellationToken) ?? Stream.Null;

    /// <inheritdoc/>
    public bool AwaitsBody => false;

    /// <inheritdoc/>
    public bool AllowsCopies => true;

    /// <inheritdoc/>
    public CancellationToken Aborted => cancellationToken;

    /// <inheritdoc/>
    public bool HasBegunAnswer => false;

    /// <inheritdoc/>
    public bool NeedsOwnConnection(EndpointSnapshot endpoint) => endpoint.Protocol != UpstreamProtocol.Http2;

    /// <inheritdoc/>
    public async ValueTask<AttemptResult> SendAsync(CallState call, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Aborted);
        var outgoing = Outgoing(call, call.Endpoint!, Body);
        var response = default(HttpResponseMessage);
        try
        {
            response = await client.SendAsync(outgoing, either.Token);
            var next = call.Judge(new AnswerHead((int)response.StatusCode, AnswerHead.GrpcOf(response.Headers)));
            if (next == NextStep.Deliver)
            {
                await response.Content.LoadIntoBufferAsync(either.Token);
                call.TakeTrailers(AnswerHead.GrpcOf(response.TrailingHeaders));
                Answer = response;
            }
            else
            {
                response.Dispose();
            }

            return AttemptResult.Answered(next);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or MalformedRequestException)
        {
            response?.Dispose();
            var failure = response is null
                ? UpstreamFailures.Of(e, outgoing)
                : new AttemptFailure(FailureKind.ResponseBroken, "the answer broke off") { Log = FailureWords.ForLog(e) };
            return AttemptResult.Failed(call.Blame(failure, HasBegunAnswer));
        }
    }

    /// <inheritdoc/>
    public AttemptResult Read(CallState call, AttemptResult sent) => sent;

    /// <inheritdoc/>
    public void DiscardAnswer()
    {
    }

    /// <inheritdoc/>
    public ValueTask<ICallCopy?> CopyAsync(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint) =>
        new(new Copy(client, Outgoing(call, endpoint, Stream.Null)));

    string? IRequestHeaders.Get(string name) =>
        request.Headers.TryGetValues(name, out var values) || request.Content?.Headers.TryGetValues(name, out values) == true
        ? string.Join(',', values!) : null;

    private HttpRequestMessage Outgoing(CallState call, EndpointSnapshot endpoint, Stream body)
    {
        var (route, action) = (call.Plan.Route, call.Plan.Action);
        var outgoing = new HttpRequestMessage(request.Method, new Uri(UpstreamAddress.Of(this, route, action, endpoint.BaseUri)))
        {
            Version = NeedsOwnConnection(endpoint) ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = request.Content is null ? null : new StreamContent(body),
        };
        foreach (var (name, values) in request.Headers.NonValidated)
            outgoing.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        foreach (var (name, values) in request.Content?.Headers.NonValidated ?? default)
            outgoing.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        outgoing.Headers.Host = UpstreamAddress.HostOf(this, action, endpoint) ?? outgoing.Headers.Host;
        return outgoing;
    }

    private sealed class Copy(HttpMessageInvoker client, HttpRequestMessage outgoing) : ICallCopy
    {
        public async Task<AnswerHead> SendAsync(ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
        {
            if (body is { } whole && outgoing.Content is { } before)
            {
                outgoing.Content = new ReadOnlyMemoryContent(whole);
                foreach (var (name, values) in before.Headers.NonValidated)
                    outgoing.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
            }

            using var answer = await client.SendAsync(outgoing, cancellationToken);
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
            return new AnswerHead((int)answer.StatusCode, AnswerHead.GrpcOf(answer.Headers) ?? AnswerHead.GrpcOf(answer.TrailingHeaders));
        }

        public void Dispose() => outgoing.Dispose();
    }
}
