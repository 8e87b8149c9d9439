using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Tests.DataPlane.Support;

/// <summary>An ADS client that runs until the test ends.</summary>
public sealed class RunningAdsClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RunningAdsClient(AdsOptions options, ILogger<AdsClient>? log = null)
    {
        Client = new AdsClient(options, TimeProvider.System, log ?? NullLogger<AdsClient>.Instance);
        _running = Client.RunAsync(_stop.Token);
    }

    public AdsClient Client { get; }

    public ConfigState Config => Client.Config;

    public static RunningAdsClient Of(params Uri[] controlPlanes) => new(Options(controlPlanes));

    public static AdsOptions Options(params Uri[] controlPlanes) => new()
    {
        ControlPlanes = controlPlanes,
        BackoffBase = TimeSpan.FromMilliseconds(20),
        BackoffMax = TimeSpan.FromMilliseconds(100),
    };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
