using Mesh.Contracts.Discovery;
using Mesh.Discovery.Register;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Registry.History;
using Mesh.Resilience.Incidents;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Discovery.Support;
using Mesh.Tests.Resilience.Support;
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
        using var retention = new StatusRetention(store, log.Folder, new DirectBus(log), time, Options.Create(new StatusRetentionOptions()),
            NullLogger<StatusRetention>.Instance);
        Assert.Equal(0, await retention.SweepAsync(ending));
        time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, await retention.SweepAsync(ending));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(log.Entries.Count(e => e.Stream.EndsWith("/status", StringComparison.Ordinal)) - 1,
            await retention.SweepAsync(ending));
        Assert.Equal(0, await retention.SweepAsync(ending));

        var kept = new List<LogEntry>();
        await foreach (var entry in store.ReadAsync(0, int.MaxValue, ending)) kept.Add(entry);
        Assert.Equal(log.Bytes(log.State), log.Bytes(log.Folder.Apply(log.Folder.Empty(head.Log), kept)));
        var verified = await new VerifyEndpoint(store).VerifyAsync(ending);
        Assert.True(verified is { Intact: true, PayloadsDropped: > 0 }, verified.Reason);
    }

    [Fact]
    public async Task Incidents_that_the_state_has_forgotten_lose_their_payloads_and_neither_state_nor_chain_change()
    {
        var ending = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var store = new SqliteLogStore(folder.File("mesh.db"));
        var head = await store.OpenAsync(ending);
        var log = new ResilienceLog(head.Log);
        log.Register("""{"name":"shop","url":"http://10.0.0.1:80"}""");
        log.Register("""{"name":"cart","url":"http://10.0.0.2:80"}""");
        foreach (var (service, seconds) in ((string, int)[])[("shop", 0), ("cart", 9), ("shop", 12), ("cart", 21), ("shop", 27),
            ("cart", 33)])
        {
            log.Now = ResilienceLog.Began + TimeSpan.FromSeconds(seconds);
            log.Send(new ReportIncidents(new("default", service), [new(IncidentKind.CircuitOpened, 1, "")]));
        }

        Assert.True(await store.TryAppendAsync(head, new LogBatch(log.Entries, []), ending));
        var time = new FakeTimeProvider(log.Now);
        using var retention = new StatusRetention(
            store, log.Folder, new StatePublisher(log.State), time, Options.Create(new StatusRetentionOptions()),
            NullLogger<StatusRetention>.Instance);
        Assert.Equal(0, await retention.SweepAsync(ending));
        time.Advance(TimeSpan.FromDays(8));
        // What happened at 21 s and later may still keep the next one out; of each service's older ones the last stays.
        Assert.Equal(1, await retention.SweepAsync(ending));

        var kept = new List<LogEntry>();
        await foreach (var entry in store.ReadAsync(0, int.MaxValue, ending)) kept.Add(entry);
        Assert.Equal(log.Bytes(log.State), log.Bytes(log.Folder.Apply(log.Folder.Empty(head.Log), kept)));
        var without = kept.Select(
            entry => StatusStreams.Is(entry.Stream) && !log.Resilience.Incidents.Remembers(entry.Time)
                ? entry with { Data = default }
                : entry).ToList();
        Assert.Equal(3, without.Count(entry => entry.DataDropped));
        Assert.Equal(log.Bytes(log.State), log.Bytes(log.Folder.Apply(log.Folder.Empty(head.Log), without)));
        var verified = await new VerifyEndpoint(store).VerifyAsync(ending);
        Assert.True(verified is { Intact: true, PayloadsDropped: 1 }, verified.Reason);
    }
}
