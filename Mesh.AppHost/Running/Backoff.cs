namespace Mesh.AppHost.Running;

/// <summary>How long a child that ended unasked waits for its next start: 0.5 s, doubled to 15 s, from the start again after a healthy minute.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5), Longest = TimeSpan.FromSeconds(15), Forgiven = TimeSpan.FromMinutes(1);
    private TimeSpan _next = First;

    public TimeSpan Next(TimeSpan healthyFor)
    {
        if (healthyFor >= Forgiven)
            _next = First;
        var delay = _next;
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return delay;
    }
}
