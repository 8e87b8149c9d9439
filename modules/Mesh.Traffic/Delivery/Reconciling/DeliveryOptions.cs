using System.ComponentModel.DataAnnotations;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>Settings of a worker's canaries and rollouts; section <c>Mesh:Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Mesh:Delivery";

    /// <summary>How often a running canary is looked at.</summary>
    /// <value>Default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a rollout is looked at: a client that has refused it is to be noticed soon.</summary>
    /// <value>Default 1 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan RolloutCheckInterval { get; set; } = TimeSpan.FromSeconds(1);
}
