using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Ads;

/// <summary>Where a data plane gets its configuration, who it says it is, and what it asks for.</summary>
public sealed class AdsOptions
{
    /// <summary>The control planes, for example <c>http://127.0.0.1:7410</c>. When one is unavailable the next is tried at once.</summary>
    public IReadOnlyList<Uri> ControlPlanes { get; set; } = [new Uri("http://127.0.0.1:7410")];

    /// <summary>Who this process is, the same after a restart. <value>the machine's name</value></summary>
    public string NodeId { get; set; } = Environment.MachineName;

    /// <summary>What kind of process it is. <value><c>client</c></value></summary>
    public string Cluster { get; set; } = "client";

    /// <summary>
    /// The service it is, as <c>name</c> or <c>name.namespace</c>, for rules that are for some callers only; null if it is none.
    /// <value>none</value>
    /// </summary>
    public string? Service { get; set; }

    /// <summary>
    /// The services it sends requests to, as <c>name</c> or <c>name.namespace</c>; <c>*</c> alone stands for all of them. Kept as they are
    /// called on the wire, where nobody says <c>.default</c>. <value>all</value>
    /// </summary>
    public IReadOnlyList<string> Upstreams { get; set =>
        field = [.. value.Select(XdsNames.Canonical).Distinct(StringComparer.Ordinal)]; } = ["*"];

    /// <summary>
    /// The secrets it asks for, by name: its own certificates and the authorities it trusts. They are held in memory only.
    /// <value>none</value>
    /// </summary>
    public IReadOnlyList<string> Secrets { get; set; } = [];

    /// <summary>Whether services beyond these are asked for when a request is for one. <value>false</value></summary>
    public bool OnDemand { get; set; }

    /// <summary>The zone it runs in, for clusters whose endpoints in the own zone go first; null if that is not known.</summary>
    public string? Zone { get; set; }

    /// <summary>How long a service's new routes wait for the endpoints of the clusters they name. <value>5 s</value></summary>
    public TimeSpan WarmFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause after a first failed round through the control planes; it doubles from there. <value>250 ms</value></summary>
    public TimeSpan BackoffBase { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause. <value>5 s</value></summary>
    public TimeSpan BackoffMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A control plane that is silent this long is pinged. <value>5 s</value></summary>
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A control plane that leaves a ping unanswered this long is given up. <value>3 s</value></summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long results are kept for a load report while no control plane takes one. <value>1 min</value></summary>
    public TimeSpan KeepLoadsFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The file that keeps the last good configuration for a start without any control plane, or null for none.</summary>
    public string? LastGoodFile { get; set; }

    /// <summary>
    /// How long a start from that file waits for a control plane's word that the configuration is right before it calls itself ready
    /// without. What the file knows is served meanwhile. <value>10 s</value>
    /// </summary>
    public TimeSpan ReadyFromFileAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether all services are asked for.</summary>
    public bool Wildcard => Upstreams.Contains("*");
}
