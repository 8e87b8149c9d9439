namespace Mesh.Kernel.Xds;

/// <summary>For whom a service's resources are made, where not all clients get the same. Flow step 6.</summary>
/// <param name="Caller">The wire name of the calling service, one of <see cref="XdsVariants.Callers"/>; null for everybody else.</param>
/// <param name="Candidate">Whether they show the change that is being rolled out, to those in its share.</param>
public readonly record struct XdsVariant(string? Caller, bool Candidate)
{
    /// <summary>What everybody gets for whom nothing else is made.</summary>
    public static XdsVariant Common => default;
}
