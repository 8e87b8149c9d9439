using Grpc.Core;
using Mesh.Contracts.V1;
using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Incidents;

/// <summary>
/// Reports to the log, through the control plane, what has happened to services. What the log does not take yet goes back into the book and
/// is reported later with what has come since; a report whose answer was lost is repeated as it was, under its key, so that nothing counts
/// twice. Not thread-safe. Flow step 9.
/// </summary>
public sealed class IncidentReporter(IncidentBook book, string nodeId, TimeProvider time, ILogger logger)
{
    private const int MostInARound = 256;
    private const int LongestActor = 128;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AwayFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RefusedFor = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Report> _unanswered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _notBefore = new(StringComparer.Ordinal);
    private readonly string _actor = Actor(nodeId);
    private long _awayUntil = long.MinValue;
    private bool _away;
    private long _lost;
    private long _tried;

    /// <summary>Tells what may be told now.</summary>
    /// <param name="controlPlane">The connection to the control plane, or null while there is none.</param>
    /// <param name="cancellationToken">Ends it; what was not answered is sent again the next time.</param>
    public async Task TellAsync(CallInvoker? controlPlane, CancellationToken cancellationToken)
    {
        if (book.Lost > _lost)
            logger.Lost(book.Lost - _lost);
        _lost = book.Lost;
        var now = time.GetTimestamp();
        if (controlPlane is null || now < _awayUntil)
            return;

        foreach (var done in _notBefore.Where(one => one.Value <= now).Select(one => one.Key).ToList())
            _notBefore.Remove(done);
        var client = new Contracts.V1.Resilience.ResilienceClient(controlPlane);
        // Those that were tried longest ago come first: one that cannot be taken, as its stream is quarantined, keeps no other from being
        // reported.
        foreach (var service in _unanswered.Keys.Concat(book.Services).Distinct(StringComparer.Ordinal)
            .Where(s => !_notBefore.ContainsKey(s))
            .OrderBy(s => _unanswered.GetValueOrDefault(s)?.Tried ?? 0).Take(MostInARound).ToList())
        {
            if (!await TellAsync(client, service, cancellationToken).ConfigureAwait(false))
                return;
        }
    }

    private async Task<bool> TellAsync(Contracts.V1.Resilience.ResilienceClient client, string service, CancellationToken cancellationToken)
    {
        if (!_unanswered.TryGetValue(service, out var report))
            _unanswered[service] = report = Report.Of(service, book.Take(service));
        report.Tried = ++_tried;
        try
        {
            var headers = new Metadata { { "idempotency-key", report.Key }, { "mesh-actor", _actor } };
            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var reply = await client.ReportIncidentsAsync(report.Request, headers, cancellationToken: either.Token).ConfigureAwait(false);
            _unanswered.Remove(service);
            foreach (var incident in report.Request.Incidents.Where(incident => !reply.Taken.Contains(incident.Kind)))
                book.PutBack(service, incident.Kind, new(incident.Count, incident.Detail));
            // Whoever else waits for the same moment comes at another one.
            if (reply.RetryAfterMs > 0)
                _notBefore[service] = time.GetTimestamp()
                    + (long)((reply.RetryAfterMs + Random.Shared.Next(1_000)) / 1000.0 * time.TimestampFrequency);
            if (_away)
                logger.TakenAgain();
            _away = false;
            return true;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound)
        {
            _unanswered.Remove(service);
            _notBefore[service] = time.GetTimestamp() + (long)(RefusedFor.TotalSeconds * time.TimestampFrequency);
            logger.Refused(service, e.Status.Detail);
            return true;
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            // Said once for each time it is unavailable.
            if (!_away)
                logger.NotTaken(e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail);
            _away = true;
            _awayUntil = time.GetTimestamp() + (long)(AwayFor.TotalSeconds * time.TimestampFrequency);
            return false;
        }
    }

    // As the Registry takes it: printable ASCII.
    private static string Actor(string nodeId)
    {
        var printable = string.Concat($"data-plane:{nodeId}".Select(c => c is > ' ' and <= '~' ? c : '_'));
        return printable.Length <= LongestActor ? printable : printable[..LongestActor];
    }

    private sealed record Report(string Key, ReportIncidentsRequest Request)
    {
        /// <summary>When it was last tried, counted in attempts.</summary>
        public long Tried { get; set; }

        public static Report Of(string service, IReadOnlyDictionary<string, IncidentCount> incidents)
        {
            var dot = service.IndexOf('.', StringComparison.Ordinal);
            var request = new ReportIncidentsRequest
            {
                Service = dot < 0 ? service : service[..dot],
                Namespace = dot < 0 ? "" : service[(dot + 1)..],
            };
            request.Incidents.AddRange(incidents.OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => new Incident { Kind = one.Key, Count = one.Value.Count, Detail = one.Value.Detail }));
            return new($"incidents-{Guid.NewGuid():N}", request);
        }
    }
}
