using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A raw load-reporting stream over the wire.</summary>
internal sealed class LoadClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly AsyncDuplexStreamingCall<LoadStatsRequest, LoadStatsResponse> _call;
    private Node? _node;

    public LoadClient(ControlPlaneHarness host, Node node)
    {
        _node = node;
        _call = new LoadReportingService.LoadReportingServiceClient(host.Channel).StreamLoadStats(
            cancellationToken: TestContext.Current.CancellationToken);
    }

    public static Node NodeOf(string id, params string[] upstreams)
    {
        var node = DeltaClient.NodeOf(id, upstreams);
        node.ClientFeatures.Add(LoadMetrics.SendsAllClusters);
        return node;
    }

    public static ClusterStats Stats(string cluster, ulong succeeded, ulong failed, ulong timed = 0, double milliseconds = 0)
    {
        var locality = new UpstreamLocalityStats
        {
            Locality = new Locality { Zone = "z1" },
            TotalSuccessfulRequests = succeeded,
            TotalErrorRequests = failed,
        };
        if (timed > 0 || milliseconds != 0)
        {
            locality.LoadMetricStats.Add(new EndpointLoadMetricStats
            {
                MetricName = LoadMetrics.RequestMilliseconds, NumRequestsFinishedWithMetric = timed, TotalMetricValue = milliseconds,
            });
        }

        return new ClusterStats { ClusterName = cluster, UpstreamLocalityStats = { locality } };
    }

    public async Task Report(params ClusterStats[] stats)
    {
        await _call.RequestStream.WriteAsync(new LoadStatsRequest { Node = _node, ClusterStats = { stats } },
            TestContext.Current.CancellationToken);
        _node = null;
    }

    public async Task<LoadStatsResponse> Next()
    {
        Assert.True(
            await _call.ResponseStream.MoveNext(TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TestContext.Current.CancellationToken));
        return _call.ResponseStream.Current;
    }

    public void Dispose() => _call.Dispose();
}
