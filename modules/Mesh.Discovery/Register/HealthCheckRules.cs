using Mesh.Contracts.Discovery;
using Mesh.Kernel.Values;

namespace Mesh.Discovery.Register;

/// <summary>Checks a health check as it was asked for.</summary>
internal static class HealthCheckRules
{
    private const int MaxPathLength = 512;
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(500), MostInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastDeregister = TimeSpan.FromMinutes(1), MostDeregister = TimeSpan.FromHours(24 * 7);

    /// <summary>
    /// How long an instance may be critical, in milliseconds; 0 for ever. It may be set on the instance or in its check, and is kept in the
    /// check where there is one.
    /// </summary>
    public static int DeregisterAfter(RegisterInput input, Faults faults)
    {
        const string field = "deregisterAfterCritical";
        var own = Deregister(input.DeregisterAfterCritical, field, faults);
        if (own == 0) return 0;
        if (input.HealthCheck is null && input.TtlSeconds is null or 0)
            faults.Add(field, "contradiction", "Without a lease (ttlSeconds) or a healthCheck an instance is never critical.");
        else if (input.HealthCheck?.DeregisterAfterCritical is { } said && Deregister(said, "healthCheck." + field, new Faults()) != own)
            faults.Add(field, "contradiction", "It is set here and in healthCheck, with different values: set it once.");
        return own;
    }

    public static HealthCheckSpec Read(HealthCheckInput input, MeshProtocol protocol, Faults faults)
    {
        var kind = Kind(input.Kind, protocol, faults);
        var defaults = new HealthCheckSpec { Kind = kind };
        var interval = Duration(input.Interval, "healthCheck.interval", LeastInterval, MostInterval, defaults.IntervalMs, faults);
        var timeout = Duration(input.Timeout, "healthCheck.timeout", LeastTimeout, TimeSpan.FromMilliseconds(interval),
            Math.Min(defaults.TimeoutMs, interval), faults);
        return defaults with
        {
            Path = Path(input.Path, kind, faults),
            IntervalMs = interval,
            TimeoutMs = timeout,
            Rise = Threshold(input.Rise, "healthCheck.rise", defaults.Rise, faults),
            Fall = Threshold(input.Fall, "healthCheck.fall", defaults.Fall, faults),
            DeregisterAfterCriticalMs = Deregister(input.DeregisterAfterCritical, "healthCheck.deregisterAfterCritical", faults),
        };
    }

    private static HealthCheckKind Kind(string? text, MeshProtocol protocol, Faults faults)
    {
        switch (text)
        {
            case "http": return HealthCheckKind.Http;
            case "tcp": return HealthCheckKind.Tcp;
            case "grpc": return HealthCheckKind.Grpc;
            case null or "": break;
            default:
                faults.Add("healthCheck.kind", "unknown-kind",
                    $"'{RegisterRules.Shortened(text)}' is not a kind of health check; use http, tcp or grpc.");
                break;
        }

        return protocol switch { MeshProtocol.Grpc => HealthCheckKind.Grpc, MeshProtocol.Tcp => HealthCheckKind.Tcp,
            _ => HealthCheckKind.Http };
    }

    private static string Path(string? path, HealthCheckKind kind, Faults faults)
    {
        if (string.IsNullOrEmpty(path)) return kind == HealthCheckKind.Http ? "/" : "";
        if (path.Length > MaxPathLength) faults.Add("healthCheck.path", "too-long", $"A path has at most {MaxPathLength} characters.");
        else if (kind == HealthCheckKind.Tcp) faults.Add("healthCheck.path", "contradiction", "A tcp check has no path.");
        else if (path.AsSpan().ContainsAnyExceptInRange('!', '~'))
            faults.Add("healthCheck.path", "bad-characters", "A path has printable ASCII without spaces; encode the rest.");
        else if (kind == HealthCheckKind.Http && path[0] != '/')
            faults.Add("healthCheck.path", "not-a-path", "The path of an http check starts with '/'.");
        else if (kind == HealthCheckKind.Http && path.Contains('#'))
            faults.Add("healthCheck.path", "not-a-path", "The path of an http check has no fragment.");
        else return path;
        return "";
    }

    private static int Duration(string? text, string field, TimeSpan least, TimeSpan most, int fallback, Faults faults) =>
        string.IsNullOrEmpty(text) ? fallback : (int)(Durations.Read(text, field, least, most, faults)?.TotalMilliseconds ?? fallback);

    private static int Deregister(string? text, string field, Faults faults) =>
        text is null or "0s" ? 0 : Duration(text, field, LeastDeregister, MostDeregister, 0, faults);

    private static int Threshold(int? value, string field, int fallback, Faults faults)
    {
        if (value is < 1 or > 20) faults.Add(field, "out-of-range", $"{value} is out of range; it may be 1 to 20.");
        return value ?? fallback;
    }
}
