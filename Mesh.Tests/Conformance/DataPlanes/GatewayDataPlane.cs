using System.Diagnostics;

namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary>Mesh.Proxy as gateway, with a client in front of it.</summary>
internal abstract class GatewayDataPlane : IDataPlane
{
    public string Node => ConformanceMesh.GatewayNode;

    public bool AsksByName => false;

    public async Task<IReadOnlyList<CallResult>> Call(CallSpec call, int count, int atOnce)
    {
        var results = new CallResult[count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var index && index < count) results[index] = await Timed(call);
        }));
        return results;
    }

    public async Task<IReadOnlyList<CallResult>> Load(CallSpec call, int perSecond, CancellationToken stop)
    {
        var calls = new List<Task<CallResult>>();
        var begun = Stopwatch.GetTimestamp();
        var underWay = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var due = (int)(Stopwatch.GetElapsedTime(begun).TotalSeconds * perSecond);
                while (calls.Count < due && Volatile.Read(ref underWay) < IDataPlane.MostUnderWay) calls.Add(Counted());
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it ends.
        }

        return await Task.WhenAll(calls);

        async Task<CallResult> Counted()
        {
            Interlocked.Increment(ref underWay);
            try
            {
                return await Timed(call);
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }

    public virtual Task Forget(string service) => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    protected abstract Task<CallResult> Once(CallSpec call);

    private async Task<CallResult> Timed(CallSpec call)
    {
        var begun = Stopwatch.GetTimestamp();
        var result = await Once(call);
        return result with { Took = Stopwatch.GetElapsedTime(begun) };
    }
}
