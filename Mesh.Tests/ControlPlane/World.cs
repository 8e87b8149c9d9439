using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Log;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Snapshots made by hand, step by step; each step is caused by the log entry of its sequence.</summary>
internal sealed class World
{
    public static readonly LogIdentity Log = new(Guid.Parse("0198a000-0000-7000-8000-000000000001"), 1);
    private static readonly XdsFlavour[] Flavours = Enum.GetValues<XdsFlavour>();
    private long _sequence;

    /// <summary>At first compiled for everybody, and without a service.</summary>
    public XdsSnapshot Current { get; private set; } = XdsSnapshot.None.Next(Position(0), [.. Flavours.Select(XdsSnapshot.None.ToBuilder)],
        []);

    /// <summary>A service with everything that belongs to it; again, with other addresses or another timeout of its cluster.</summary>
    public XdsSnapshot Service(string name, string[] addresses, int connectSeconds = 5, string? routeTo = null) => Step((view, flavour) =>
    {
        var cluster = ClusterBuilder.Eds(name, flavour, "http");
        cluster.ConnectTimeout.Seconds = connectSeconds;
        view.Set(XdsResource.Of(cluster));
        view.Set(Assignment(name, flavour, addresses));
        view.Set(XdsResource.Of(flavour == XdsFlavour.Envoy ? ListenerBuilder.HttpTemplate(name) : ListenerBuilder.Api(name)));
        view.Set(XdsResource.Of(RouteConfigurationBuilder.ToCluster(name, ["*"], routeTo ?? name)));
        view.SetClusters(name, routeTo is null ? [name] : [name, routeTo]);
    });

    public XdsSnapshot Endpoints(string name, params string[] addresses) =>
        Step((view, flavour) => view.Set(Assignment(name, flavour, addresses)));

    public XdsSnapshot Cluster(string name, int connectSeconds) => Step((view, flavour) =>
    {
        var cluster = ClusterBuilder.Eds(name, flavour, "http");
        cluster.ConnectTimeout.Seconds = connectSeconds;
        view.Set(XdsResource.Of(cluster));
    });

    public XdsSnapshot Listener(string name, string statPrefix) => Step((view, flavour) =>
    {
        var listener = flavour == XdsFlavour.Envoy ? ListenerBuilder.HttpTemplate(name) : ListenerBuilder.Api(name);
        listener.StatPrefix = statPrefix;
        view.Set(XdsResource.Of(listener));
    });

    public XdsSnapshot Remove(string name) => Step((view, _) =>
    {
        foreach (var type in XdsTypes.OfServices) view.Remove(type, name);
        view.SetClusters(name, []);
    });

    public XdsSnapshot Nothing() => Step((_, _) => { });

    private static XdsResource Assignment(string name, XdsFlavour flavour, string[] addresses) => XdsResource.Of(LoadAssignmentBuilder.Of(
        name, flavour, addresses.Select(a => new XdsEndpoint(a, 80, 100, "", a, "", "http", false))));

    private XdsSnapshot Step(Action<XdsView.Builder, XdsFlavour> change)
    {
        var views = Flavours.Select(Current.ToBuilder).ToArray();
        foreach (var flavour in Flavours) change(views[(int)flavour], flavour);
        return Current = Current.Next(Position(++_sequence), views, [Entry(_sequence)]);
    }

    private static LogPosition Position(long sequence) => new(Log, sequence, EntryHash.Zero, DateTimeOffset.UnixEpoch);

    private static LogEntry Entry(long sequence) => new()
    {
        Log = Log, Sequence = sequence, Stream = "test", StreamVersion = sequence, EventId = Guid.CreateVersion7(), Type = "test",
        Time = DateTimeOffset.UnixEpoch,
        Actor = "user:test", CommandId = Guid.CreateVersion7(), Index = 0, Count = 1, Data = default, DataHash = EntryHash.Zero,
    };
}
