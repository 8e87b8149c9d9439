using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.DataPlane.Loads;

/// <summary>How a request to an endpoint ended, for reports.</summary>
public enum LoadOutcome
{
    /// <summary>With an answer that is not a fault of the server's.</summary>
    Succeeded,

    /// <summary>With HTTP 5xx, the gRPC status that stands for one, or no whole answer.</summary>
    Failed,

    /// <summary>Its client has left, or broke it itself: nobody knows how it would have ended.</summary>
    Abandoned,
}

/// <summary>
/// Counts requests to one locality of a cluster (Flow step 9). Every request passes here, so each processor counts in a cell of its own and
/// nothing is allocated after the first; what is read while others count is right in each number, and a moment later in their sums.
/// </summary>
public sealed class LocalityTally
{
    private static readonly int Stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 16));
    private readonly ClusterTally _cluster;
    private Cell[]? _cells;

    internal LocalityTally(ClusterTally cluster, string locality, uint priority) =>
        (_cluster, Locality, Priority) = (cluster, locality, priority);

    /// <summary><c>region/zone/sub_zone</c>, or empty.</summary>
    public string Locality { get; }

    /// <summary>The locality's priority.</summary>
    public uint Priority { get; }

    /// <summary>What has been reported of it. The reporter's alone.</summary>
    internal LoadTotals Reported { get; set; }

    /// <summary>A request is sent; <see cref="End"/> follows.</summary>
    public void Begin() => Interlocked.Increment(ref Own().Issued);

    /// <summary>The request is over.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <param name="elapsed">
    /// How long it took, in timestamps of the clock; negative where that says nothing, as with a connection that was upgraded.
    /// </param>
    public void End(LoadOutcome outcome, long elapsed)
    {
        ref var cell = ref Own();
        if (outcome == LoadOutcome.Abandoned)
        {
            Interlocked.Increment(ref cell.Abandoned);
            return;
        }

        Interlocked.Increment(ref outcome == LoadOutcome.Succeeded ? ref cell.Succeeded : ref cell.Failed);
        if (elapsed >= 0)
            Interlocked.Add(ref cell.Elapsed, elapsed);
        else
            Interlocked.Increment(ref cell.Untimed);
    }

    /// <summary>All since the beginning.</summary>
    internal LoadTotals Read()
    {
        var sum = default(LoadTotals);
        foreach (ref var cell in Volatile.Read(ref _cells).AsSpan())
        {
            sum = sum.Plus(new(
                Interlocked.Read(ref cell.Issued), Interlocked.Read(ref cell.Succeeded), Interlocked.Read(ref cell.Failed),
                Interlocked.Read(ref cell.Abandoned), Interlocked.Read(ref cell.Untimed), Interlocked.Read(ref cell.Elapsed)));
        }

        return sum;
    }

    private ref Cell Own()
    {
        var cells = Volatile.Read(ref _cells) ?? Make();
        return ref cells[Thread.GetCurrentProcessorId() & (Stripes - 1)];
    }

    // Most localities of a large mesh never get a request from here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Cell[] Make()
    {
        var made = Interlocked.CompareExchange(ref _cells, new Cell[Stripes], null) ?? _cells;
        _cluster.Used();
        return made;
    }

    // As large as two cache lines, so that neighbours do not disturb each other.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Cell
    {
        public long Issued;
        public long Succeeded;
        public long Failed;
        public long Abandoned;
        public long Untimed;
        public long Elapsed;
    }
}

/// <summary>Counts of one locality.</summary>
internal readonly record struct LoadTotals(long Issued, long Succeeded, long Failed, long Abandoned, long Untimed, long Elapsed)
{
    /// <summary>Requests that are not over. Sums are taken while others count, so never below none.</summary>
    public long InProgress => Math.Max(0, Issued - Succeeded - Failed - Abandoned);

    /// <summary>Requests whose time is known.</summary>
    public long Timed => Math.Max(0, Succeeded + Failed - Untimed);

    public LoadTotals Plus(LoadTotals other) => new(
        Issued + other.Issued, Succeeded + other.Succeeded, Failed + other.Failed, Abandoned + other.Abandoned, Untimed + other.Untimed,
        Elapsed + other.Elapsed);

    public LoadTotals Minus(LoadTotals other) => new(
        Issued - other.Issued, Succeeded - other.Succeeded, Failed - other.Failed, Abandoned - other.Abandoned, Untimed - other.Untimed,
        Elapsed - other.Elapsed);
}
