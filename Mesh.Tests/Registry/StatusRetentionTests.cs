using Mesh.Contracts.Discovery;
using Mesh.Discovery.Register;
using Mesh.Kernel.Log;
using Mesh.Kernel.Log.Sqlite;
using Mesh.Registry.History;
using Mesh.Tests.Discovery;
using Mesh.Tests.Discovery.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Registry;

public class StatusRetentionTests
{
    [Fact]
    public async Task Old_status_payloads_are_dropped_up_to_a_restatement_and_neither_state_nor_chain_change()
    {
        var ending = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var store = new SqliteLogStore(folder.File("mesh.db"));
        var head = await store.OpenAsync(ending);
        var log = new DiscoveryLog(head.Log);
        log.Register("a", 1, input => input with { HealthCheck = new HealthCheckInput() });
        log.Register("b", 2);
        while (log.FullStatuses.Count < 2)
        {
            log.Now += TimeSpan.FromMinutes(6);
            log.Report(log.Instance("a").Status.Probe == HealthState.Passing ? HealthState.Critical : HealthState.Passing, "a");
        }

        Assert.True(await store.TryAppendAsync(head, new LogBatch(log.Entries, []), ending));
        var time = new FakeTimeProvider(log.Now);
        using var retention = new StatusRetention(store, new DirectBus(log), time, Options.Create(new StatusRetentionOptions()), NullLogger<StatusRetention>.Instance);
        Assert.Equal(0, await retention.SweepAsync(ending));
        time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, await retention.SweepAsync(ending));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(log.Entries.Count(e => e.Stream.EndsWith("/status", StringComparison.Ordinal)) - 1, await retention.SweepAsync(ending));
        Assert.Equal(0, await retention.SweepAsync(ending));

        var kept = new List<LogEntry>();
        await foreach (var entry in store.ReadAsync(0, int.MaxValue, ending)) kept.Add(entry);
        Assert.Equal(SnapshotTests.Bytes(log, log.State), SnapshotTests.Bytes(log, log.Folder.Apply(log.Folder.Empty(head.Log), kept)));
        var verified = await new VerifyEndpoint(store).VerifyAsync(ending);
        Assert.True(verified is { Intact: true, PayloadsDropped: > 0 }, verified.Reason);
    }
}
