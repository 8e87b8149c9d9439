namespace Mesh.ControlPlane.Ads;

/// <summary>How long the order of the wire is kept.</summary>
public static class PushOrder
{
    /// <summary>
    /// How long an unanswered response holds others up, and a removal waits at most: 15 s, as clients wait for a resource.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
}
