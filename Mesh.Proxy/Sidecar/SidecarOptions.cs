using System.ComponentModel.DataAnnotations;

namespace Mesh.Proxy.Sidecar;

/// <summary>What becomes of requests for hosts outside the mesh.</summary>
public enum OutsidePolicy
{
    /// <summary>They are refused.</summary>
    Refuse,

    /// <summary>They go where they say.</summary>
    Pass,
}

/// <summary>Settings of a sidecar: configuration section <c>Mesh:Sidecar</c>. Naming a service makes the proxy one.</summary>
public sealed class SidecarOptions
{
    /// <summary>Where these settings stand.</summary>
    public const string Section = "Mesh:Sidecar";

    /// <summary>
    /// The service it stands beside, as <c>name</c> or <c>name.namespace</c>; rules for callers know it by this. <value>none: a
    /// gateway</value>
    /// </summary>
    public string Service { get; set; } = "";

    /// <summary>The instance it stands beside, for its name in the applied table. <value>the machine's name</value></summary>
    public string Instance { get; set; } = Environment.MachineName;

    /// <summary>
    /// The application, as <c>http://127.0.0.1:8080</c>, or <c>tcp://127.0.0.1:5432</c> for one that speaks no HTTP. <value>none: no
    /// inbound listener</value>
    /// </summary>
    public Uri? Application { get; set; }

    /// <summary>How many requests the application gets at once; beyond that they are refused. <value>as many as come</value></summary>
    [Range(1, 1_000_000)]
    public int? MaxRequests { get; set; }

    /// <summary>Whether services that were not declared are asked for when a request is for one. <value>true</value></summary>
    public bool OnDemand { get; set; } = true;

    /// <summary>
    /// How long a request waits for the control plane to say what a service is that is asked for for the first time. <value>5 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan WaitFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What becomes of requests for hosts outside the mesh. <value>refuse</value></summary>
    public OutsidePolicy Outside { get; set; }
}
