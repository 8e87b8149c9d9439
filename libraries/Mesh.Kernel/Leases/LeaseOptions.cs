using System.ComponentModel.DataAnnotations;

namespace Mesh.Kernel.Leases;

/// <summary>Settings of leases, section <c>Mesh:Leases</c>.</summary>
public sealed class LeaseOptions
{
    /// <summary>How often a Registry ticks.</summary>
    /// <value>1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>While any Registry's tick is older than this it is missing, and expiry is suspended; leases should be longer.</summary>
    /// <value>3 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan TickTolerance { get; set; } = TimeSpan.FromSeconds(3);
}
