namespace Mesh.Kernel.State;

/// <summary>What several readers of a state wait for.</summary>
public static class StateSourceExtensions
{
    /// <summary>
    /// Waits until the log has been opened: before, there is no head, and a new database has no tables yet.
    /// </summary>
    public static async Task LogIsOpenAsync(this IStateSource states, CancellationToken cancellationToken)
    {
        using var subscription = states.Subscribe();
        while ((await subscription.NextAsync(cancellationToken).ConfigureAwait(false)).State.Position.Log == default)
        {
        }
    }
}
