using System.ComponentModel.DataAnnotations;

namespace Mesh.Proxy.Draining;

/// <summary>How the process shuts down: configuration section <c>Mesh:Drain</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>Where these settings stand.</summary>
    public const string Section = "Mesh:Drain";

    /// <summary>
    /// For how long connections are still taken after the process has ceased to be ready, so that whoever asks for its readiness notices,
    /// and answers ask clients to close their connections. <value>1 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long active work after that may go on: requests, streams, web sockets, tunnels. <value>30 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);
}
