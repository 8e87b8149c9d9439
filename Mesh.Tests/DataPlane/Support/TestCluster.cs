using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane.Support;

/// <summary>A cluster on a clock and with draws that the test controls; the seed is told with each failure.</summary>
internal sealed class TestCluster
{
    public const int Seed = 20_26;

    public TestCluster(
        BalancingPolicy policy, BalancingConfig? balancing = null, OutlierConfig? outliers = null, string? ownZone = null,
        params ReadOnlySpan<EndpointConfig> endpoints)
    {
        Time = new FakeTimeProvider();
        State = new ClusterState(Time, TestSeed.Draws(Seed));
        Config = new ClusterConfig("shop", "shop", UpstreamProtocol.Http1, policy, TimeSpan.FromSeconds(1))
        {
            Balancing = balancing ?? BalancingConfig.Default,
            Outliers = outliers,
        };
        Endpoints = [
            .. endpoints.ToArray()
                .Select(e => new EndpointSnapshot(e, UpstreamProtocol.Http1, new EndpointState(e.Address, Time.GetTimestamp())))];
        Snapshot = new ClusterSnapshot(Config, Endpoints, State, ownZone);
    }

    public FakeTimeProvider Time { get; }

    public ClusterState State { get; }

    public ClusterConfig Config { get; }

    public EndpointSnapshot[] Endpoints { get; }

    public ClusterSnapshot Snapshot { get; }

    public static EndpointConfig Endpoint(int number, uint weight = 1, uint priority = 0, EndpointHealth health = EndpointHealth.Healthy,
        string? zone = null) =>
        new($"10.0.{number / 250}.{number % 250}:80", null, weight, priority, zone, health) { Locality = zone ?? "" };

    public static EndpointConfig[] Many(int count) => [.. Enumerable.Range(0, count).Select(i => Endpoint(i))];

    /// <summary>The same cluster with other endpoints, of which those that it had keep their states.</summary>
    public ClusterSnapshot With(params EndpointSnapshot[] endpoints) => new(Config, endpoints, State);

    public EndpointSnapshot? Pick(ulong hash = 0) => Snapshot.Picker.Pick([], Time.GetTimestamp(), hash);

    /// <summary>The share of each endpoint in so many picks, with the hashes 0, 1, 2 … mixed.</summary>
    public double[] Shares(int picks)
    {
        var counts = new int[Endpoints.Length];
        for (var i = 0; i < picks; i++)
            counts[Array.IndexOf(Endpoints, Pick(KeyHash.Of($"key {i}")))]++;
        return [.. counts.Select(c => (double)c / picks)];
    }

    public void Answer(EndpointSnapshot endpoint, AttemptOutcome outcome, int times = 1)
    {
        for (var i = 0; i < times; i++)
            State.Outliers.Report(Config.Outliers!, Endpoints, endpoint.State, outcome);
    }
}
