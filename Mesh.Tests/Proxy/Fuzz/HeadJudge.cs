using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Mesh.DataPlane.Requests;
using Mesh.Tests.Proxy.Support;

namespace Mesh.Tests.Proxy.Fuzz;

/// <summary>A request that was sent.</summary>
internal sealed record SentHead(string Text, bool IsHttp2, bool IsSidecar, bool HopIsNamed)
{
    /// <summary>The status of its answer; 0 where there was none.</summary>
    public int Status { get; set; }
}

/// <summary>Whether upstreams got exactly what they should have got.</summary>
internal sealed partial class HeadJudge(
    IReadOnlyDictionary<string, RecordingUpstream> upstreams, ConcurrentDictionary<string, SentHead> sent, ConcurrentQueue<string> findings)
{
    private static readonly string[] Claims = ["forwarded", "x-forwarded-for", "x-forwarded-prefix", "x-forwarded-proto", "x-mesh-mirror",
        "x-mesh-route"];
    private long _answered;

    /// <summary>How many requests had an answer, and how many of them reached an upstream.</summary>
    public (long Answered, long Forwarded) Counts { get; private set; }

    /// <summary>Looks at everything that upstreams have got, and takes it away.</summary>
    public void Judge()
    {
        var forwarded = new Dictionary<string, string>();
        foreach (var (service, upstream) in upstreams)
        {
            while (upstream.Faults.TryDequeue(out var fault))
                findings.Enqueue($"the upstream of {service} got what is not a valid request: {fault}");
            var times = new Dictionary<string, int>();
            while (upstream.Requests.TryDequeue(out var request))
                Judge(service, request, times);
            foreach (var (id, count) in times)
            {
                if (count > (service.StartsWith("guard", StringComparison.Ordinal) ? GuardRules.MostAttempts : 1))
                    findings.Enqueue($"{service} was sent a request {count} times:\n{sent.GetValueOrDefault(id)?.Text}");
                forwarded[id] = $"{forwarded.GetValueOrDefault(id)} {service} × {count}";
            }
        }

        foreach (var (id, one) in sent)
        {
            if (one.Status is 500 or 502 or 504)
                findings.Enqueue($"a {one.Status} for\n{one.Text}");
            if (one.Status == 400 && forwarded.TryGetValue(id, out var to))
                findings.Enqueue($"refused and forwarded all the same, to{to}:\n{one.Text}");
            _answered += one.Status > 0 ? 1 : 0;
        }

        Counts = (_answered, Counts.Forwarded + forwarded.Count);
    }

    private void Judge(string service, RecordedRequest request, Dictionary<string, int> times)
    {
        var whole = request.ToString();
        var ids = HeadMark.In(whole);
        if (ids.Count > 1)
            findings.Enqueue($"{service} was sent bytes of {ids.Count} requests in one:\n{whole}");
        if (ids is [var id])
        {
            times[id] = times.GetValueOrDefault(id) + 1;
            if (!sent.TryGetValue(id, out var of))
                findings.Enqueue($"{service} was sent a request of an earlier round:\n{whole}");
            else if (of.IsHttp2 && request.Header("x-evil") is not null)
                findings.Enqueue($"{service} was sent a line that was none:\n{whole}\nof\n{of.Text}");
            else if (of.HopIsNamed && request.Header("x-hop") is not null)
                findings.Enqueue($"{service} was sent what Connection names:\n{whole}\nof\n{of.Text}");
        }

        var isSidecars = ids is [var mark] && sent.TryGetValue(mark, out var by) && by.IsSidecar;
        if (!isSidecars && ids.Count > 0
            && (request.Header("x-forwarded-for") is not "127.0.0.1"
                || request.Headers.Any(h => Claims.Contains(h.Name.ToLowerInvariant()) && Claimed().IsMatch(h.Value))))
            findings.Enqueue($"{service} was sent a header of the client's that is not its own:\n{whole}");
        if (request.Header("connection") is { } connection && !connection.Equals("upgrade", StringComparison.OrdinalIgnoreCase))
            findings.Enqueue($"{service} was sent a header of the connection:\n{whole}");
        if (service[..^1] is not ("guard" or "mirror"))
            return;
        var path = request.Target.Split('?')[0];
        var read = PathReading.Tolerant(path) ?? path;
        if (read == "/admin" || read.StartsWith("/admin/", StringComparison.Ordinal)
            || request.Method.Equals("DELETE", StringComparison.OrdinalIgnoreCase))
            findings.Enqueue($"{service} was sent what a rule refuses:\n{whole}");
    }

    [GeneratedRegex(@"6\.6\.6\.6|evil")]
    private static partial Regex Claimed();
}
