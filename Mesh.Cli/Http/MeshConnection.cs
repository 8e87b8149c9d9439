using System.Net.Http.Headers;
using Mesh.Api.Client;
using Mesh.Cli.Status;

namespace Mesh.Cli.Http;

/// <summary>The connections of one command to the parts of the mesh (Flow step 1).</summary>
internal sealed class MeshConnection : IDisposable
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http = new(new CommandTrace(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(3), UseProxy = false, ActivityHeadersPropagator = null,
    }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly MeshApiOptions _options;

    public MeshConnection(TimeProvider time, Action<string> say)
    {
        _options = new MeshApiOptions { Time = time, Retrying = failure => say($"{failure.Message.Split('\n')[0]}; trying again") };
        var version = typeof(MeshConnection).Assembly.GetName().Version?.ToString(3);
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("cdaprod-mesh-cli", version));
    }

    public MeshApiClient ToRegistry(Uri address) => new(address, _http, _options);

    public ControlPlaneApiClient ToControlPlane(Uri address) => new(address, _http, _options);

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
            return (ready, ready && isDegraded, ready || detail.Length > 0 ? detail
                : $"{(int)response.StatusCode} from {uri.AbsolutePath}");
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
}
