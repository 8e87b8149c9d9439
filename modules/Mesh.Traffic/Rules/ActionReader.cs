using System.Text;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>Reads what becomes of a request, besides where it goes (Flow step 1).</summary>
internal static class ActionReader
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(1);

    /// <summary>The longest timeout and delay.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromHours(24);

    public static RetrySpec? Retry(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var backoff = fields.Object("backoff") is { } pauses ? Backoff(pauses, faults) : null;
        var retry = new RetrySpec
        {
            Attempts = Checks.Number(fields.Number("attempts"), fields.PathTo("attempts"), 1, 10, "the number of retries", faults) ?? 1,
            PerTryTimeout = Checks.Duration(fields.Text("perTryTimeout"), fields.PathTo("perTryTimeout"), Shortest, Longest, faults),
            On = RetryConditionNames.Read(fields, faults),
            Backoff = backoff,
        };
        fields.End();
        return retry;
    }

    public static RewriteSpec? Rewrite(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var rewrite = new RewriteSpec
        {
            Prefix = Trimmed(Checks.SentPath(fields.Text("prefix"), fields.PathTo("prefix"), faults)),
            Path = Checks.SentPath(fields.Text("path"), fields.PathTo("path"), faults),
            Host = Checks.Host(fields.Text("host"), fields.PathTo("host"), faults),
        };
        fields.End();
        if (rewrite is { Prefix: not null, Path: not null }) faults.Add(fields.Path, "contradiction", "Set prefix or path, not both.");
        return rewrite == new RewriteSpec() ? null : rewrite;
    }

    public static RedirectSpec? Redirect(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var scheme = fields.Text("scheme");
        if (scheme is not (null or "http" or "https"))
            faults.Add(fields.PathTo("scheme"), "unknown-value", $"'{Checks.Shortened(scheme)}' is not a scheme; use http or https.");
        var status = fields.Number("status");
        if (status is not (null or 301 or 302 or 303 or 307 or 308))
            faults.Add(fields.PathTo("status"), "out-of-range", $"{status} does not redirect; use 301, 302, 303, 307 or 308.");
        var redirect = new RedirectSpec
        {
            Scheme = scheme,
            Host = Checks.Host(fields.Text("host"), fields.PathTo("host"), faults),
            Port = Checks.Number(fields.Number("port"), fields.PathTo("port"), 1, 65_535, "a port", faults),
            Path = Checks.SentPath(fields.Text("path"), fields.PathTo("path"), faults),
            Prefix = Trimmed(Checks.SentPath(fields.Text("prefix"), fields.PathTo("prefix"), faults)),
            Status = status ?? 302,
            StripQuery = fields.Flag("stripQuery") is true ? true : null,
        };
        fields.End();
        if (redirect is { Prefix: not null, Path: not null }) faults.Add(fields.Path, "contradiction", "Set prefix or path, not both.");
        if (redirect is { Scheme: null, Host: null, Port: null, Path: null, Prefix: null } && !faults.HasUnder(fields.Path))
            faults.Add(fields.Path, "missing", "A redirect leads elsewhere: set scheme, host, port, path or prefix.");
        return redirect;
    }

    public static DirectResponseSpec? DirectResponse(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var body = fields.Text("body");
        if (body is not null && Encoding.UTF8.GetByteCount(body) > TrafficLimits.BodyBytes)
            faults.Add(fields.PathTo("body"), "too-long",
                $"It has {Encoding.UTF8.GetByteCount(body)} bytes; at most {TrafficLimits.BodyBytes} are allowed.");
        var response = new DirectResponseSpec
        {
            Status = Checks.Number(fields.Number("status"), fields.PathTo("status"), 200, 599, "a status", faults) ?? 200,
            Body = string.IsNullOrEmpty(body) ? null : body,
        };
        // RFC 9110 §15.3.5, §15.3.6, §15.4.5.
        if (response is { Status: 204 or 205 or 304, Body: not null })
            faults.Add(fields.PathTo("body"), "contradiction",
                $"An answer with the status {response.Status} has no body: leave the body out, or set another status.");
        fields.End();
        return response;
    }

    public static FaultSpec? Fault(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var fault = new FaultSpec
        {
            Delay = fields.Object("delay") is { } delay ? Delay(delay, faults) : null,
            Abort = fields.Object("abort") is { } abort ? Abort(abort, faults) : null,
        };
        fields.End();
        return fault is { Delay: null, Abort: null } ? null : fault;
    }

    private static BackoffSpec? Backoff(JsonFields fields, Faults faults)
    {
        var backoff = new BackoffSpec
        {
            Base = Checks.Duration(fields.Text("base"), fields.PathTo("base"), Shortest, LongestBackoff, faults),
            Max = Checks.Duration(fields.Text("max"), fields.PathTo("max"), Shortest, LongestBackoff, faults),
        };
        fields.End();
        if (backoff.Max is { } max && Durations.TryParse(max) < Durations.TryParse(backoff.Base ?? "25ms"))
            faults.Add(fields.PathTo("max"), "out-of-range", $"{max} is less than the first pause, {backoff.Base ?? "25ms"}.");
        return backoff == new BackoffSpec() ? null : backoff;
    }

    private static DelaySpec? Delay(JsonFields fields, Faults faults)
    {
        var text = fields.Text("fixed");
        if (text is null && !faults.Has(fields.PathTo("fixed")))
            faults.Add(fields.PathTo("fixed"), "missing", "Set a duration, such as 200ms.");
        var time = Checks.Duration(text, fields.PathTo("fixed"), Shortest, Longest, faults);
        var percent = Checks.Percent(fields.Decimal("percent"), fields.PathTo("percent"), faults);
        fields.End();
        return time is null ? null : new DelaySpec { Fixed = time, Percent = percent };
    }

    private static AbortSpec Abort(JsonFields fields, Faults faults)
    {
        var status = fields.Text("grpcStatus");
        var abort = new AbortSpec
        {
            HttpStatus = Checks.Number(fields.Number("httpStatus"), fields.PathTo("httpStatus"), 200, 599, "a status", faults),
            GrpcStatus = status?.ToUpperInvariant(),
            Percent = Checks.Percent(fields.Decimal("percent"), fields.PathTo("percent"), faults),
        };
        fields.End();
        if (abort.GrpcStatus is not null && GrpcStatusNames.CodeOf(abort.GrpcStatus) is null)
            faults.Add(fields.PathTo("grpcStatus"), "unknown-value",
                $"'{Checks.Shortened(status!)}' is not a gRPC error status; use a name such as UNAVAILABLE.");
        if (abort is { HttpStatus: null, GrpcStatus: null } && !faults.HasUnder(fields.Path))
            faults.Add(fields.Path, "missing", "Set httpStatus, grpcStatus or both.");
        return abort;
    }

    // "/store/" and "/store" put the same in place of a prefix.
    private static string? Trimmed(string? path) =>
        path is { Length: > 1 } ? path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/" : path;
}
