using System.ComponentModel.DataAnnotations;

namespace Mesh.Kernel.Reconciling;

/// <summary>Settings of the reconcilers; section <c>Mesh:Reconciling</c>.</summary>
public sealed class ReconcilingOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Mesh:Reconciling";

    /// <summary>Every owned key is visited so often, whatever happens.</summary>
    /// <value>Default 1 min, with 20 % of jitter.</value>
    [Range(typeof(TimeSpan), "00:00:00.2", "1.00:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Keys worked on at the same time.</summary>
    /// <value>Default 8.</value>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 8;

    /// <summary>Keys that may wait; beyond it they are dropped and all keys are visited once there is room.</summary>
    /// <value>Default 100,000.</value>
    [Range(16, 10_000_000)]
    public int QueueCapacity { get; set; } = 100_000;

    /// <summary>A chain of commands that answer one another is cut after so many.</summary>
    /// <value>Default 8.</value>
    [Range(1, 100)]
    public int MaxDepth { get; set; } = 8;

    /// <summary>A key that sends more commands a minute than this is parked.</summary>
    /// <value>Default 20.</value>
    [Range(2, 10_000)]
    public int MaxCommandsPerMinute { get; set; } = 20;

    /// <summary>Time that one command may take, all tries at all Registries together.</summary>
    /// <value>Default 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the Registry is asked which keys are parked, so that a replay is noticed.</summary>
    /// <value>Default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan ParkedPollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait after a first failure; doubles to <see cref="LongestBackoff"/>.</summary>
    /// <value>Default 200 ms.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait after failures: how late a key may learn that a Registry answers again.</summary>
    /// <value>Default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan LongestBackoff { get; set; } = TimeSpan.FromSeconds(5);
}
