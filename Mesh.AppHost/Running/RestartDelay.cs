using Mesh.Contracts.Waiting;

namespace Mesh.AppHost.Running;

/// <summary>
/// How long a child that ended unasked waits for its next start: 0.5 s, doubled to 15 s, from the start again after a healthy minute.
/// </summary>
internal sealed class RestartDelay
{
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(1);
    private static readonly Backoff Pauses = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));
    private int _ends;

    /// <summary>Without jitter: the processes of one machine are few, and what is said of the pause is the same each time.</summary>
    public TimeSpan Next(TimeSpan healthyFor)
    {
        _ends = healthyFor >= Forgiven ? 1 : _ends + 1;
        return Pauses.Full(_ends);
    }
}
