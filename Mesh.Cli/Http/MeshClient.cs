using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Cli.Running;
using Mesh.Cli.Status;

namespace Mesh.Cli.Http;

/// <summary>
/// Speaks HTTP to the mesh (Flow step 1). All requests of one command share one trace, whose root they are; it is recorded
/// for writes only, so that the last trace is that of the last change. A write keeps its Idempotency-Key over all attempts.
/// </summary>
internal sealed class MeshClient : IDisposable
{
    private const string HowToStart = "\n  Is it running? Name another one with --registry URL or MESH_REGISTRY, or start one: dotnet run --project Mesh.AppHost";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10), ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), UseProxy = false, ActivityHeadersPropagator = null })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly TimeProvider _time;
    private readonly Action<string> _say;

    public MeshClient(TimeProvider time, Action<string> say)
    {
        _time = time;
        _say = say;
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("cdaprod-mesh-cli", typeof(MeshClient).Assembly.GetName().Version?.ToString(3)));
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <summary>The trace that the registry continues and <c>trace last</c> shows.</summary>
    public ActivityTraceId TraceId { get; } = ActivityTraceId.CreateRandom();

    /// <summary>A read. <paramref name="wait"/> is what the server may take besides its answer (long poll).</summary>
    public Task<Reply> GetAsync(Uri uri, CancellationToken cancellation, TimeSpan wait = default) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, uri), AnswerTimeout + wait, cancellation);

    /// <summary>A write with a JSON body.</summary>
    public Task<Reply> PostAsync<T>(Uri uri, T body, JsonTypeInfo<T> shape, WriteHeaders headers, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Post, uri, body, shape, headers, cancellation);

    /// <summary>A write with a JSON body that is all there is to be.</summary>
    public Task<Reply> PutAsync<T>(Uri uri, T body, JsonTypeInfo<T> shape, WriteHeaders headers, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Put, uri, body, shape, headers, cancellation);

    private Task<Reply> WriteAsync<T>(HttpMethod method, Uri uri, T body, JsonTypeInfo<T> shape, WriteHeaders headers, CancellationToken cancellation)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, shape);
        return SendAsync(
            () =>
            {
                var request = headers.On(new HttpRequestMessage(method, uri) { Content = new ByteArrayContent(bytes) });
                request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                return request;
            },
            AnswerTimeout,
            cancellation);
    }

    /// <summary>A write that takes something away.</summary>
    public Task<Reply> DeleteAsync(Uri uri, WriteHeaders headers, CancellationToken cancellation) =>
        SendAsync(() => headers.On(new HttpRequestMessage(HttpMethod.Delete, uri)), AnswerTimeout, cancellation);

    /// <summary>Asks once whether a host is ready: 2xx, or why not.</summary>
    public async Task<(bool Ready, bool IsDegraded, string Detail)> ProbeAsync(Uri uri, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            using var response = await _http.GetAsync(uri, limit.Token);
            var (isDegraded, detail) = HealthReport.Read(await response.Content.ReadAsByteArrayAsync(limit.Token));
            var ready = response.IsSuccessStatusCode;
            return (ready, ready && isDegraded, ready || detail.Length > 0 ? detail : $"{(int)response.StatusCode} from {uri.AbsolutePath}");
        }
        catch (HttpRequestException unreachable)
        {
            return (false, false, unreachable.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, false, $"no answer within {ProbeTimeout.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Reply> SendAsync(Func<HttpRequestMessage> make, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        var reached = false;
        for (var attempt = 0; ; attempt++)
        {
            using var request = make();
            request.Headers.Add("traceparent", $"00-{TraceId}-{ActivitySpanId.CreateRandom()}-{(request.Method == HttpMethod.Get ? "00" : "01")}");
            var (reply, trouble) = await AttemptAsync(request, timeout, cancellation);
            if (reply is not null)
                return reply;

            reached |= trouble!.Reached;
            var pause = Retry.Pause(attempt, trouble.RetryAfter);
            if (_time.GetElapsedTime(started) + pause > (reached ? Retry.Patience : Retry.PatienceWhenRefused))
                throw trouble.Failure;
            if (trouble.Reached && attempt == 0)
                _say($"{trouble.Failure.Message.Split('\n')[0]}; trying again");
            await Task.Delay(pause, _time, cancellation);
        }
    }

    private async Task<(Reply? Reply, Trouble? Trouble)> AttemptAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellation)
    {
        var uri = request.RequestUri!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            if (response.IsSuccessStatusCode)
                return (new Reply(uri, (int)response.StatusCode, response.Headers.ETag?.ToString(), body), null);
            var refused = Refused.From(uri, (int)response.StatusCode, body, mayPass: Retry.IsTransient(response.StatusCode));
            return refused.MayPass ? (null, new(refused, Reached: true, response.Headers.RetryAfter?.Delta)) : throw refused;
        }
        catch (HttpRequestException unreachable) when (unreachable.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return (null, new(new CliFailure(ExitCode.Unreachable, $"cannot reach the mesh at {Origin(uri)}: {unreachable.Message}{HowToStart}") { MayPass = true }, Reached: false, null));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (null, new(new CliFailure(ExitCode.Unreachable, $"the connection to {Origin(uri)} broke: {broken.Message}") { MayPass = true }, Reached: true, null));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new(new CliFailure(ExitCode.Unreachable, $"no answer from {Origin(uri)} within {timeout.TotalSeconds:0} s") { MayPass = true }, Reached: true, null));
        }
    }

    private static string Origin(Uri uri) => uri.GetLeftPart(UriPartial.Authority);

    private sealed record Trouble(CliFailure Failure, bool Reached, TimeSpan? RetryAfter);
}
