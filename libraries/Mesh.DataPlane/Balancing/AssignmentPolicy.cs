namespace Mesh.DataPlane.Balancing;

/// <summary>What comes with a cluster's endpoints beside themselves: <c>ClusterLoadAssignment.Policy</c>.</summary>
public sealed record AssignmentPolicy
{
    /// <summary>Nothing set.</summary>
    public static AssignmentPolicy Default { get; } = new();

    /// <summary>
    /// How much more than its share a level can carry: below 1 in so many of well endpoints it gives traffic away. <value>1.4</value>
    /// </summary>
    public double Overprovisioning { get; init; } = PriorityLoads.Overprovisioning;

    /// <summary>
    /// The shares of requests that are rejected so that the endpoints are not overrun, in the order in which they are drawn.
    /// </summary>
    public IReadOnlyList<DropShare> Drops { get; init; } = [];

    /// <summary>
    /// Draws whether a request is rejected: the category that has it, or null. Each category takes its share of what those before it have
    /// let pass.
    /// </summary>
    public string? Draw(Random random)
    {
        for (var i = 0; i < Drops.Count; i++)
        {
            if (random.Next(DropShare.Whole) < Drops[i].Share)
                return Drops[i].Category;
        }

        return null;
    }
}

/// <summary>A share of requests that is rejected.</summary>
/// <param name="Category">What this share is called, for who counts.</param>
/// <param name="Share">So many of a million.</param>
public sealed record DropShare(string Category, int Share)
{
    /// <summary>All requests.</summary>
    public const int Whole = 1_000_000;
}
