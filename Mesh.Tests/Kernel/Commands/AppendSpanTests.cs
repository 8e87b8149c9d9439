using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Kernel.Commands;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Commands;

/// <summary>Spans of a group commit.</summary>
public sealed class AppendSpanTests : IDisposable
{
    private const int BatchSize = 41; // no other test's
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_without_a_trace_is_no_part_of_its_neighbours_and_the_database_works_for_one_that_is_traced()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Cdaprod.Mesh.Kernel",
            Sample = (ref ActivityCreationOptions<ActivityContext> asked) =>
                asked.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.PropagationData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), shared: false);
        var (gate, reached) = (new TaskCompletionSource(), new TaskCompletionSource());
        var during = new ConcurrentQueue<Activity?>();
        mesh.Store.BeforeAppend = () =>
        {
            during.Enqueue(Activity.Current);
            reached.TrySetResult();
            return gate.Task;
        };
        var opening = mesh.SetAsync("opening", 1);
        await reached.Task;

        // These wait in the queue and make one batch, the traced one neither first nor last.
        var traced = ActivityTraceId.CreateRandom();
        var sent = Enumerable.Range(0, BatchSize).Select(i => mesh.Writer.SendAsync(
            new CommandEnvelope
            {
                Command = new SetCounters(($"c{i}", 1)),
                TraceParent = i == BatchSize / 2 ? $"00-{traced}-00f067aa0ba902b7-01" : null,
            },
            TestContext.Current.CancellationToken).AsTask()).ToList();
        gate.SetResult();
        await opening;
        await Task.WhenAll(sent);

        var appends = spans.Where(span => Equals(span.GetTagItem("mesh.batch"), BatchSize)).ToList();
        Assert.Equal(BatchSize, appends.Count);
        var one = Assert.Single(appends, span => span.TraceId == traced);
        Assert.All(appends.Except([one]), span => Assert.Null(span.ParentId));
        // Listeners of tests beside this one may record more.
        Assert.True(during.Last() is { Recorded: true } current && appends.Contains(current), $"{during.Last()?.Id}");
    }
}
