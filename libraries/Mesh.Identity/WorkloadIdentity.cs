namespace Mesh.Identity;

/// <summary>What a workload needs to speak TLS within the mesh.</summary>
/// <param name="Svid">Its certificate, with the key.</param>
/// <param name="Bundle">PEM of each root that it trusts.</param>
public sealed record WorkloadIdentity(Svid Svid, IReadOnlyList<string> Bundle)
{
    /// <inheritdoc/>
    public override string ToString() => Svid.SpiffeId;
}
