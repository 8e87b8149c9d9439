namespace Mesh.ServiceDefaults.Guarding;

/// <summary>Stands at each connection of a listener.</summary>
/// <param name="Use">What the listener is for.</param>
/// <param name="LoopbackOnly">Whether only this machine can reach it.</param>
internal sealed record GuardedListener(ListenerUse Use, bool LoopbackOnly)
{
    /// <summary>One that nobody has said anything of.</summary>
    public static GuardedListener Strict { get; } = new(ListenerUse.Interface, true);
}
