using Mesh.Contracts.Security;
using Mesh.Kernel.State;

namespace Mesh.Security.State;

/// <summary>What security's events mean (Flow steps 2 and 5): pure steps from one <see cref="SecurityState"/> to the next.</summary>
public sealed class SecurityFold : ModuleFold<SecurityState>
{
    /// <summary>The fold.</summary>
    public SecurityFold()
    {
        On<MtlsModeSet>((state, entry, e) =>
            state.With(new(e.Namespace, e.Service), new(MtlsSetting.Of(e.Mode, e.TrustDomain), entry.StreamVersion)));
        On<MtlsModeRemoved>((state, _, e) => state.With(new(e.Namespace, e.Service), null));
    }

    /// <inheritdoc/>
    public override string Module => "security";

    /// <inheritdoc/>
    public override int SchemaVersion => 1;

    /// <inheritdoc/>
    public override SecurityState Empty => SecurityState.Empty;

    /// <inheritdoc/>
    public override void Save(SecurityState state, Stream target) => SecuritySnapshot.Save(state, target);

    /// <inheritdoc/>
    public override SecurityState Load(Stream source) => SecuritySnapshot.Load(source);
}
