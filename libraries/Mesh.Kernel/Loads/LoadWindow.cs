namespace Mesh.Kernel.Loads;

/// <summary>Requests that were finished within some time.</summary>
public sealed record LoadWindow
{
    /// <summary>None at all.</summary>
    public static LoadWindow None { get; } = new();

    /// <summary>Requests that succeeded: HTTP below 500, gRPC statuses that are not the server's fault.</summary>
    public long Succeeded { get; init; }

    /// <summary>Requests that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Requests whose time is known: clients that report no latency (gRPC's own) count above only.</summary>
    public long Timed { get; init; }

    /// <summary>The time of all <see cref="Timed"/> requests together, in milliseconds.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Finished requests.</summary>
    public long Total => Succeeded + Failed;

    /// <summary>Share of failed requests, 0 to 1; 0 without any.</summary>
    public double ErrorRate => Total == 0 ? 0 : (double)Failed / Total;

    /// <summary>Mean time of a request in milliseconds; null where none is known.</summary>
    public double? MeanMilliseconds => Timed == 0 ? null : Milliseconds / Timed;

    /// <summary>Both together.</summary>
    public LoadWindow Plus(LoadWindow other) => new()
    {
        Succeeded = Succeeded + other.Succeeded,
        Failed = Failed + other.Failed,
        Timed = Timed + other.Timed,
        Milliseconds = Milliseconds + other.Milliseconds,
    };
}
