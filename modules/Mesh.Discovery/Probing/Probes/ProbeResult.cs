using Mesh.Contracts.Text;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>What one probe found.</summary>
/// <param name="Outcome">Pass, warn or fail.</param>
/// <param name="Detail">Why, in a few words; empty for a pass.</param>
public readonly record struct ProbeResult(ProbeOutcome Outcome, string Detail = "")
{
    private const int MaxDetail = 200;

    /// <summary>All well.</summary>
    public static ProbeResult Pass => new(ProbeOutcome.Pass);

    /// <summary>In use, but complaining.</summary>
    public static ProbeResult Warn(string detail) => new(ProbeOutcome.Warn, Cut(detail));

    /// <summary>Not in a state to serve.</summary>
    public static ProbeResult Fail(string detail) => new(ProbeOutcome.Fail, Cut(detail));

    // A target's own words end up in the log: few of them, and printable.
    private static string Cut(string detail)
    {
        var shown = Printable.Of(detail, MaxDetail);
        return shown.Length <= MaxDetail ? shown : $"{shown.AsSpan(0, MaxDetail - 1)}…";
    }
}

/// <summary>Verdict of a single probe; thresholds make a state of several.</summary>
public enum ProbeOutcome
{
    /// <summary>All well.</summary>
    Pass,

    /// <summary>In use, but complaining.</summary>
    Warn,

    /// <summary>Not in a state to serve.</summary>
    Fail,
}
