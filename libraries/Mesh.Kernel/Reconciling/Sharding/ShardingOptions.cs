using System.ComponentModel.DataAnnotations;

namespace Mesh.Kernel.Reconciling.Sharding;

/// <summary>How workers share the work; section <c>Mesh:Shards</c>.</summary>
public sealed class ShardingOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Mesh:Shards";

    /// <summary>Topic whose partitions stand for shards; nothing is ever written to it.</summary>
    /// <value>Default <c>cdaprod.mesh.shards</c>.</value>
    [Required]
    public string Topic { get; set; } = "cdaprod.mesh.shards";

    /// <summary>Consumer group of the workers; those restricted by <c>Mesh:Modules</c> form groups of their own.</summary>
    /// <value>Default <c>cdaprod.mesh.worker</c>, with <c>.module</c> appended for each module of a restricted worker.</value>
    public string GroupId { get; set; } = "cdaprod.mesh.worker";

    /// <summary>A worker that starts while no broker can be reached takes all shards after so long, until it has an assignment.</summary>
    /// <value>Default 20 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan TakeAllAfter { get; set; } = TimeSpan.FromSeconds(20);
}
