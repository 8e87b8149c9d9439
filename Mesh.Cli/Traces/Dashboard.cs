using System.Net;
using System.Text.Json;
using Mesh.Cli.Contexts;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traces;

/// <summary>
/// Asks the Aspire dashboard for traces (<c>/api/telemetry/traces</c>), with the key that AppHost has written into the contexts file.
/// </summary>
internal sealed class Dashboard(Uri address, string? key) : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    // What is not part of its API the dashboard leads to its login page.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(3), UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
    })
    {
        Timeout = AnswerTimeout,
    };

    private string Origin { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>The newest traces, so many at most.</summary>
    public async Task<TelemetryAnswer> NewestAsync(int most, CancellationToken cancellation) =>
        await AskAsync(At($"/api/telemetry/traces?limit={most}"), cancellation) ?? throw GivesNone("404 from /api/telemetry/traces");

    /// <summary>One trace; null where the dashboard does not have it.</summary>
    public Task<TelemetryAnswer?> FindAsync(string traceId, CancellationToken cancellation) =>
        AskAsync(At($"/api/telemetry/traces/{Uri.EscapeDataString(traceId)}"), cancellation);

    public void Dispose() => _http.Dispose();

    private Uri At(string path) => new(address.AbsoluteUri.TrimEnd('/') + path);

    private async Task<TelemetryAnswer?> AskAsync(Uri uri, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("X-API-Key", key);
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancellation);
                return await JsonSerializer.DeserializeAsync(body, TelemetryJson.Default.TelemetryAnswer, cancellation)
                    ?? throw GivesNone("an empty answer");
            }

            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => null,
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new CliFailure(ExitCode.Failed, key is null
                    ? $"The dashboard at {Origin} needs a key, and {ContextsFile.Path} holds none ('dashboardKey' of the context). "
                        + "AppHost writes it when it starts."
                    : $"The dashboard at {Origin} refuses the key in {ContextsFile.Path} ('dashboardKey' of the context). AppHost "
                        + "writes a new one at each start: is another mesh running there?"),
                var other => throw GivesNone($"{(int)other} from {uri.AbsolutePath}"),
            };
        }
        catch (HttpRequestException unreachable)
        {
            throw new CliFailure(ExitCode.Unreachable,
                $"The dashboard at {Origin} does not answer: {unreachable.Message}\n  Is AppHost running? 'context list' shows the "
                    + "known meshes.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliFailure(ExitCode.Unreachable,
                $"The dashboard at {Origin} has not answered within {AnswerTimeout.TotalSeconds:0} s.");
        }
        catch (JsonException other)
        {
            throw GivesNone(other.Message);
        }
    }

    private CliFailure GivesNone(string reason) =>
        new(ExitCode.Failed, $"{Origin} does not serve traces as the Aspire dashboard of version 13 does: {reason}");
}
