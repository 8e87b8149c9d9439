using System.Collections.Concurrent;
using Mesh.Contracts.V1;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>Visits counters and does what the test says.</summary>
public sealed class CounterReconciler(Func<ReconcileContext, Task<TimeSpan?>>? visit = null, bool observes = false) : IReconciler
{
    public ConcurrentQueue<string> Visits { get; } = new();

    public string Name => "counters";

    public bool ReportsObservations => observes;

    public IEnumerable<string> Resources(MeshState state) => state.Facts<CounterState>().Values.Keys;

    public string? ResourceOf(string stream, MeshState state) =>
        stream.StartsWith("counters/", StringComparison.Ordinal) ? stream["counters/".Length..] : null;

    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        Visits.Enqueue(context.Resource);
        return visit is null ? null : await visit(context);
    }

    /// <summary>Sends some command; which one does not matter to the engine.</summary>
    public static Task<StatusReply> Send(ReconcileContext context, string outcome = "set") => context.SendAsync(
        new CommandCall<StatusReply>
        {
            StreamsRead = [$"counters/{context.Resource}"],
            Outcome = outcome,
            SequenceOf = reply => reply.Sequence,
            Start = (invoker,
                options) => new DiscoveryStatus.DiscoveryStatusClient(invoker).ApplyDefaultsAsync(
                    new ApplyDefaultsRequest { Name = context.Resource }, options),
        },
        TestContext.Current.CancellationToken).AsTask();
}
