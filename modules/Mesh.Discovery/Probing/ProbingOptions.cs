using System.ComponentModel.DataAnnotations;

namespace Mesh.Discovery.Probing;

/// <summary>Settings of a worker's timers; section <c>Mesh:Probing</c>.</summary>
public sealed class ProbingOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Mesh:Probing";

    /// <summary>Probes under way at the same time; more wait for a place.</summary>
    /// <value>Default 1,024.</value>
    [Range(1, 65_536)]
    public int Concurrency { get; set; } = 1_024;

    /// <summary>What is found out within this time about instances of one service goes to the Registry as one report.</summary>
    /// <value>Default 200 ms.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Tick { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// A shard's known instances are probed again within this time after it has come in (or one interval, if that is shorter).
    /// </summary>
    /// <value>Default 2 s.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Spread { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often leases that have run out are looked for.</summary>
    /// <value>Default 1 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan LeaseInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a host name is looked up.</summary>
    /// <value>Default 5 s, with 20 % of jitter; after failures more rarely, up to <see cref="LongestResolveInterval"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "1.00:00:00")]
    public TimeSpan ResolveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How rarely a host name is looked up that cannot be resolved.</summary>
    /// <value>Default 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "1.00:00:00")]
    public TimeSpan LongestResolveInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Look-ups under way at the same time.</summary>
    /// <value>Default 16.</value>
    [Range(1, 1_024)]
    public int ResolveConcurrency { get; set; } = 16;

    /// <summary>A look-up that takes longer has failed.</summary>
    /// <value>Default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan ResolveTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
