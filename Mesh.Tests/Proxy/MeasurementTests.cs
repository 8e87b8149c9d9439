using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

public class MeasurementTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/measured/", "measured", "2xx")]
    [InlineData("/measured/fixed", "measured", "4xx")]
    [InlineData("/measured/old", "measured", "3xx")]
    [InlineData("/wired/", "wired", "5xx")]
    [InlineData("/nobody-of-this-name/", "", "4xx")]
    [InlineData("/", "", "2xx")]
    public async Task Every_request_is_measured_once_under_its_service_and_one_for_nobody_under_none(string path, string service,
        string status)
    {
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("measured", upstream);
        await mesh.Serve("wired", "tcp", (FreePort.Next(), 1));
        await mesh.Route("measured", host =>
        {
            host.Routes.Insert(0,
                new Route { Match = new RouteMatch { Path = "/fixed" }, DirectResponse = new DirectResponseAction { Status = 418 } });
            host.Routes.Insert(1,
                new Route { Match = new RouteMatch { Path = "/old" }, Redirect = new RedirectAction { PathRedirect = "/new" } });
        });

        var measured = new ConcurrentQueue<(string Service, string Status)>();
        using var listener = new MeterListener();
        var meters = mesh.Gateway.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name.EndsWith("gateway.request.duration"))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            var read = tags.ToArray().ToDictionary(t => t.Key, t => (string)t.Value!);
            measured.Enqueue((read["mesh.service"], read["http.response.status_class"]));
        });
        listener.Start();
        using var response = await mesh.Http.GetAsync(path, Cancel);
        await Eventually.True(() => !measured.IsEmpty, TimeSpan.FromSeconds(60), "the request is measured");
        Assert.Equal([(service, status)], measured);
    }
}
