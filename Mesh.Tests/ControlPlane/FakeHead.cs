using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;

namespace Mesh.Tests.ControlPlane;

/// <summary>A Registry's head under a test's control: level with the replica unless the test says otherwise.</summary>
internal sealed class FakeHead(Func<LogPosition> replica) : ILogHead
{
    private int _reads;

    /// <summary>Entries that the Registry has beyond the replica's.</summary>
    public int Ahead { get; set; }

    /// <summary>No Registry responds.</summary>
    public bool Away { get; set; }

    /// <summary>While set, reads wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Reads => Volatile.Read(ref _reads);

    public async ValueTask<LogPosition?> ReadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        var head = replica() with { Sequence = replica().Sequence + Ahead };
        await Gate.WaitAsync(cancellationToken);
        return Away ? null : head;
    }
}
