namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Lets a limited number of large responses be written at once. A response stands in the server's buffers as a whole until its client has
/// taken nearly all of it: when a thousand clients come at once, each would have its copy there. A place is given back after a second at
/// the latest, so that clients which take nothing keep nobody from being served.
/// </summary>
internal sealed class LargeResponses(TimeProvider time) : IDisposable
{
    /// <summary>What fits into a connection's own output buffer needs no place.</summary>
    public const int From = 64 * 1024;

    private const int Places = 32;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _free = new(Places);

    /// <summary>Writes a response of so many bytes, if it is large in its turn.</summary>
    public Task WriteAsync(int bytes, Func<Task> write, CancellationToken cancellationToken) =>
        bytes < From ? write() : InTurnAsync(write, cancellationToken);

    public void Dispose() => _free.Dispose();

    private async Task InTurnAsync(Func<Task> write, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        var place = new Place(_free);
        using var late = time.CreateTimer(static place => ((Place)place!).GiveBack(), place, Longest, Timeout.InfiniteTimeSpan);
        try
        {
            await write();
        }
        finally
        {
            place.GiveBack();
        }
    }

    private sealed class Place(SemaphoreSlim free)
    {
        private int _isFree;

        public void GiveBack()
        {
            if (Interlocked.Exchange(ref _isFree, 1) == 0) free.Release();
        }
    }
}
