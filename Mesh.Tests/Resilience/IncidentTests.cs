using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Resilience.Answers;
using Mesh.Resilience.Incidents;
using Mesh.Resilience.State;
using Mesh.Tests.Resilience.Support;

namespace Mesh.Tests.Resilience;

public class IncidentTests
{
    private static readonly ServiceKey Shop = new("default", "shop");
    private readonly ResilienceLog _log = new();

    public IncidentTests() => _log.Register("""{"name":"shop","url":"http://10.0.0.1:80"}""");

    [Fact]
    public void What_happens_to_a_service_is_in_the_log_once_in_ten_seconds_for_each_kind_and_the_rest_is_to_be_told_later()
    {
        Assert.Equal(("instance-ejected circuit-opened", 0L), Sent(Of(IncidentKind.InstanceEjected, 3), Of(IncidentKind.CircuitOpened, 1)));
        Assert.Equal("""{"namespace":"default","service":"shop","count":3,"detail":"what"}""",
            System.Text.Encoding.UTF8.GetString(_log.Entries[^2].Data.Span));
        _log.Now += TimeSpan.FromSeconds(4);
        Assert.Equal(("bulkhead-rejected", 6_000L), Sent(Of(IncidentKind.InstanceEjected, 5), Of(IncidentKind.BulkheadRejected, 7)));
        _log.Now += TimeSpan.FromSeconds(6) - TimeSpan.FromTicks(1);
        var entries = _log.Entries.Count;
        Assert.Equal(("", 1L), Sent(Of(IncidentKind.InstanceEjected, 5)));
        Assert.Equal(entries, _log.Entries.Count);
        _log.Now += TimeSpan.FromTicks(1);
        Assert.Equal(("instance-ejected", 0L), Sent(Of(IncidentKind.InstanceEjected, 6)));
    }

    [Fact]
    public void Nothing_happens_to_a_service_that_nobody_knows() => Assert.Equal(
        RefusalKind.NotFound, _log.Send(new ReportIncidents(new("default", "nobody"), [Of(IncidentKind.CircuitOpened, 1)])).Refusal!.Kind);

    [Fact]
    public void What_happened_of_late_survives_a_snapshot_and_what_is_older_is_forgotten()
    {
        Sent(Of(IncidentKind.CircuitOpened, 1));
        _log.Now += TimeSpan.FromSeconds(2);
        Sent(Of(IncidentKind.CircuitClosed, 1));
        Assert.Equal(2, Reloaded().All.Count());
        Assert.Equal(_log.Resilience.Incidents.All, Reloaded().All);
        _log.Now += TimeSpan.FromMinutes(1);
        Sent(Of(IncidentKind.InstanceEjected, 1));
        Assert.Equal(IncidentKind.InstanceEjected, Assert.Single(_log.Resilience.Incidents.All).Kind);
    }

    [Fact]
    public void Incidents_are_no_policies()
    {
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""");
        var before = _log.Resilience.Find(Shop)!;
        Sent(Of(IncidentKind.BulkheadRejected, 1));
        Assert.Same(before, _log.Resilience.Find(Shop));
        Assert.Null(ResilienceStreams.KeyOf(ResilienceStreams.Status(Shop)));
        Assert.Equal(Shop, ResilienceStreams.KeyOf(ResilienceStreams.Policy(Shop, PolicyKind.Bulkhead)));
    }

    private static Incident Of(IncidentKind kind, long count) => new(kind, count, "what");

    private (string Taken, long RetryAfterMs) Sent(params Incident[] incidents)
    {
        var outcome = (IncidentsOutcome)_log.Send(new ReportIncidents(Shop, [.. incidents])).Answer!;
        return (string.Join(' ', outcome.Taken), outcome.RetryAfterMs);
    }

    private RecentIncidents Reloaded() => new ResilienceFold().Load(new MemoryStream(_log.Bytes(_log.State))).Incidents;
}
