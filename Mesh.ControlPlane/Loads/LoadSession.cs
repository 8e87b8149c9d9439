using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.ControlPlane.Telemetry;
using Mesh.Kernel.Loads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Loads;

/// <summary>One load-reporting stream without its I/O: what its client is asked for, and what of its reports counts. Flow step 9.</summary>
internal sealed class LoadSession(NodeIdentity node, IEnumerable<string> features, StreamScope scope, TimeSpan interval, TimeProvider time)
{
    private const int ReportsInAnInterval = 100;
    private static readonly TimeSpan ComplainEvery = TimeSpan.FromMinutes(1);
    private readonly bool _sendsAll = features.Contains(LoadMetrics.SendsAllClusters);
    private LoadStatsResponse? _asked;
    private long _intervalBegan = time.GetTimestamp();
    private int _reports;
    private long? _complained;
    private long _refused;
    private string _fault = "";

    public string Node => node.Id;

    /// <summary>Counts the stream for as long as it is open.</summary>
    public IDisposable Count()
    {
        var flavour = new KeyValuePair<string, object?>("flavour", node.Flavour.ToString().ToLowerInvariant());
        ControlPlaneMetrics.LoadStreams.Add(1, flavour);
        return new Left(() => ControlPlaneMetrics.LoadStreams.Add(-1, flavour));
    }

    /// <summary>Whether the next report comes no sooner than an honest client's could.</summary>
    public bool IsInTime()
    {
        if (time.GetElapsedTime(_intervalBegan) >= interval) (_intervalBegan, _reports) = (time.GetTimestamp(), 0);
        return ++_reports <= ReportsInAnInterval;
    }

    /// <summary>What of a report counts. A first one may carry results, too: those of the stream before.</summary>
    public IReadOnlyList<ClusterLoad> Take(LoadStatsRequest report, XdsSnapshot snapshot)
    {
        scope.Refresh(snapshot);
        var view = snapshot[scope.Flavour];
        // What this client alone has, such as the application behind it or a placeholder for what does not exist, is nobody else's
        // business.
        var reading = LoadReportReader.Read(report,
            name => view.Find(XdsTypes.Cluster, name) is not null
                ? true
                : scope.Resolve(view, XdsTypes.Cluster, name) is null ? null : false);
        ControlPlaneMetrics.CountLoads(reading.Loads.Sum(load => load.Load.Succeeded), reading.Loads.Sum(load => load.Load.Failed),
            reading.Dropped, reading.Faults.Count);
        if (reading.Faults.Count > 0) (_refused, _fault) = (_refused + reading.Faults.Count, reading.Faults[^1]);
        return reading.Loads;
    }

    /// <summary>What was refused, when it is time to say so.</summary>
    public (long Count, string Fault)? Complaint()
    {
        if (_refused == 0 || (_complained is { } last && time.GetElapsedTime(last) < ComplainEvery)) return null;
        var complaint = (_refused, _fault);
        (_refused, _complained) = (0, time.GetTimestamp());
        return complaint;
    }

    /// <summary>What the client is to be asked for, if that is not what it was asked for last.</summary>
    public LoadStatsResponse? Next(XdsSnapshot snapshot)
    {
        if (_asked is not null && _sendsAll) return null;
        scope.Refresh(snapshot);
        var response = new LoadStatsResponse { LoadReportingInterval = Duration.FromTimeSpan(interval), SendAllClusters = _sendsAll };
        if (!_sendsAll) response.Clusters.AddRange(Clusters(snapshot[scope.Flavour]).Order(StringComparer.Ordinal));
        if (response.Equals(_asked)) return null;
        return _asked = response;
    }

    /// <summary>
    /// Its own and those of its upstreams; a client that declares none asks for resources by name, and may use any.
    /// </summary>
    private HashSet<string> Clusters(XdsView view)
    {
        var clusters = scope.Wildcard(view, XdsTypes.Cluster);
        if (node.Upstreams.Count == 0 && node.Service.Length == 0) clusters.UnionWith(view.Names(XdsTypes.Cluster));
        return clusters;
    }

    private sealed class Left(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
