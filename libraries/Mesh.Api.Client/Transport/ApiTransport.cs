using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Api.Client.Errors;

namespace Mesh.Api.Client.Transport;

/// <summary>
/// Makes calls: attempts until one is answered or patience ends. A write carries the same Idempotency-Key over all attempts, so that
/// one whose answer was lost is
/// not done twice.
/// </summary>
internal sealed class ApiTransport(HttpClient http, Uri origin, MeshApiOptions options)
{
    private static readonly MediaTypeWithQualityHeaderValue Accepted = new("application/json");
    private static readonly MediaTypeHeaderValue JsonContent = new("application/json");

    /// <summary>A read; <paramref name="wait"/> is what the server may take besides its answer.</summary>
    public Task<ApiAnswer<T>> GetAsync<T>(ApiPath path, JsonTypeInfo<T> answer, CancellationToken cancellationToken, TimeSpan? wait = null)
    {
        var uri = path.At(origin);
        return SendAsync(() => new HttpRequestMessage(HttpMethod.Get, uri), answer, options.AttemptTimeout + (wait ?? TimeSpan.Zero),
            cancellationToken);
    }

    /// <summary>A write that takes something away.</summary>
    public Task<ApiAnswer<T>> DeleteAsync<T>(ApiPath path, JsonTypeInfo<T> answer, WriteOptions? write, CancellationToken cancellationToken)
    {
        var uri = path.At(origin);
        var (key, ifMatch) = HeadersOf(write);
        return SendAsync(() => Marked(new HttpRequestMessage(HttpMethod.Delete, uri), key, ifMatch), answer, options.AttemptTimeout,
            cancellationToken);
    }

    /// <summary>A write with a body.</summary>
    public Task<ApiAnswer<T>> WriteAsync<TBody, T>(
        HttpMethod method, ApiPath path, TBody body, JsonTypeInfo<TBody> shape, JsonTypeInfo<T> answer, WriteOptions? write,
            CancellationToken cancellationToken)
    {
        var (key, ifMatch) = HeadersOf(write);
        return SendAsync(Bodied(method, path, body, shape, request => Marked(request, key, ifMatch)), answer, options.AttemptTimeout,
            cancellationToken);
    }

    /// <summary>Something that is sent again and again anyway, and is none the worse for it: it needs no key.</summary>
    public Task<ApiAnswer<T>> ReportAsync<TBody, T>(ApiPath path, TBody body, JsonTypeInfo<TBody> shape, JsonTypeInfo<T> answer,
        CancellationToken cancellationToken) =>
        SendAsync(Bodied(HttpMethod.Post, path, body, shape, request => request), answer, options.AttemptTimeout, cancellationToken);

    /// <summary>Something without a body that has no key.</summary>
    public Task<ApiAnswer<T>> PostAsync<T>(ApiPath path, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
    {
        var uri = path.At(origin);
        return SendAsync(() => new HttpRequestMessage(HttpMethod.Post, uri), answer, options.AttemptTimeout, cancellationToken);
    }

    private static (string Key, string? IfMatch) HeadersOf(WriteOptions? write) =>
        (write?.IdempotencyKey ?? Guid.CreateVersion7().ToString(), write?.IfMatch);

    private static HttpRequestMessage Marked(HttpRequestMessage request, string key, string? ifMatch)
    {
        request.Headers.Add("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return request;
    }

    private Func<HttpRequestMessage> Bodied<TBody>(HttpMethod method, ApiPath path, TBody body, JsonTypeInfo<TBody> shape,
        Func<HttpRequestMessage, HttpRequestMessage> mark)
    {
        var uri = path.At(origin);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, shape);
        return () =>
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = JsonContent;
            return mark(new HttpRequestMessage(method, uri) { Content = content });
        };
    }

    private async Task<ApiAnswer<T>> SendAsync<T>(Func<HttpRequestMessage> make, JsonTypeInfo<T> shape, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        var reached = false;
        for (var attempt = 0; ; attempt++)
        {
            using var request = make();
            request.Headers.Accept.Add(Accepted);
            var (answer, failure, retryAfter) = await AttemptAsync(request, shape, timeout, cancellationToken).ConfigureAwait(false);
            if (failure is null) return answer!;

            var wasReached = failure is not MeshUnreachableException { Reason: UnreachableReason.NotConnected };
            reached |= wasReached;
            var pause = RetryPause.Of(attempt, retryAfter);
            var patience = reached ? options.Patience : TimeSpan.FromTicks(Math.Min(options.Patience.Ticks,
                options.PatienceUnconnected.Ticks));
            if (!failure.IsTransient || options.Time.GetElapsedTime(started) + pause > patience) throw failure;
            if (wasReached && attempt == 0) options.Retrying?.Invoke(failure);
            await Task.Delay(pause, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(ApiAnswer<T>? Answer, MeshApiException? Failure, TimeSpan? RetryAfter)> AttemptAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> shape, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        var host = uri.GetLeftPart(UriPartial.Authority);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? (new(Read(uri, (int)response.StatusCode, body, shape), body, response.Headers.ETag?.ToString()), null, null)
                : (null, MeshRefusedException.Of(uri, (int)response.StatusCode, body), response.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException unreachable) when (unreachable.HttpRequestError is HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError)
        {
            return (null, new MeshUnreachableException(uri, UnreachableReason.NotConnected,
                $"cannot reach the mesh at {host}: {unreachable.Message}", unreachable), null);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (null, new MeshUnreachableException(uri, UnreachableReason.Broken, $"the connection to {host} broke: {broken.Message}",
                broken), null);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new MeshUnreachableException(uri, UnreachableReason.TimedOut,
                $"no answer from {host} within {timeout.TotalSeconds:0} s", late), null);
        }
    }

    private static T Read<T>(Uri uri, int status, byte[] body, JsonTypeInfo<T> shape)
    {
        try
        {
            return JsonSerializer.Deserialize(body, shape) ?? throw new JsonException("The body is null.");
        }
        catch (JsonException other)
        {
            throw new MeshAnswerException(uri, $"{uri} answered {status} with something else than this program expects: {other.Message}",
                other);
        }
    }
}
