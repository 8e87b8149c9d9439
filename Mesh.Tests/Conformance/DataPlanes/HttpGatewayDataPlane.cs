using System.Net;
using Mesh.Tests.Proxy.Support;

namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary>Mesh.Proxy, over HTTP/1.1 on both sides.</summary>
internal sealed class HttpGatewayDataPlane(RunningGateway gateway) : GatewayDataPlane
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override async Task<CallResult> Once(CallSpec call)
    {
        using var deadline = new CancellationTokenSource(call.Deadline);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, call.Path + call.Query))
        {
            Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = $"{call.Service}.mesh" },
        };
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await _http.SendAsync(request, deadline.Token);
            var text = await response.Content.ReadAsStringAsync(deadline.Token);
            var headers = response.Headers
                .Where(h => h.Key.StartsWith("x-", StringComparison.OrdinalIgnoreCase)
                    || h.Key.ToLowerInvariant() is "location" or "set-cookie" or "retry-after")
                .ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value));
            return new(Outcomes.OfHttp((int)response.StatusCode), (int)response.StatusCode, text,
                headers.GetValueOrDefault(CallResult.ServerHeader, ""), default, headers);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new(Outcome.TimedOut, 0, "no answer in the caller's time", "", default, new Dictionary<string, string>());
        }
        catch (HttpRequestException broken)
        {
            return new(Outcome.Other, 0, broken.Message, "", default, new Dictionary<string, string>());
        }
    }
}
