using System.ComponentModel.DataAnnotations;

namespace Mesh.Kernel;

/// <summary>Settings of the log's writer; section <c>Mesh:Kernel</c>.</summary>
public sealed class KernelOptions
{
    /// <summary>Most commands in one group commit. <value>1024</value></summary>
    [Range(1, 65_536)]
    public int MaxBatch { get; set; } = 1_024;

    /// <summary>Most commands waiting for a place in a batch; more callers wait. <value>8192</value></summary>
    [Range(1, 1_048_576)]
    public int QueueLength { get; set; } = 8_192;

    /// <summary>Entries between two saved states, or as many as the state has streams if that is more. <value>50000</value></summary>
    [Range(1, int.MaxValue)]
    public int SnapshotEvery { get; set; } = 50_000;

    /// <summary>How long outcomes are kept for Idempotency-Keys. <value>24 hours</value></summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan CommandRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How often a Registry that shares its log looks for what others appended. <value>50 ms</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan SharedPoll { get; set; } = TimeSpan.FromMilliseconds(50);
}
