using System.Collections.Concurrent;
using System.Net;

namespace Mesh.Tests.Proxy.Support;

/// <summary>Requests one after another from several workers until it is stopped.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _faults = [];
    private readonly Task _workers;
    private int _answered;

    public SteadyLoad(RunningGateway gateway, string path, int workers) =>
        _workers = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Work(gateway, path)));

    public int Answered => Volatile.Read(ref _answered);

    public bool HasFaults => !_faults.IsEmpty;

    /// <summary>Ends it; what went wrong.</summary>
    public async Task<IReadOnlyCollection<string>> Stop()
    {
        await _stop.CancelAsync();
        await _workers;
        return _faults;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
    }

    private async Task Work(RunningGateway gateway, string path)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var response = await gateway.Http.GetAsync(path, TestContext.Current.CancellationToken);
                var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                if (response.StatusCode == HttpStatusCode.OK && body == "ok")
                    Interlocked.Increment(ref _answered);
                else
                    _faults.Add($"{(int)response.StatusCode}: {body}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                _faults.Add(e.ToString());
            }
        }
    }
}
