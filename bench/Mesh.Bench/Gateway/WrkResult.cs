using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Bench.Running;

namespace Mesh.Bench.Gateway;

/// <summary>One run of wrk: the load of all gateway measurements.</summary>
internal sealed partial record WrkResult(double RequestsPerSecond, double P50Ms, double P99Ms, long Requests, string Errors)
{
    public static async Task<WrkResult> RunAsync(string wrk, string url, int seconds, CancellationToken cancellationToken)
    {
        await using var load = Child.Start(wrk, ["-t1", "-c32", $"-d{seconds}s", "--latency", url]);
        var output = await load.ResultAsync(cancellationToken);
        return new WrkResult(
            double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), Latency(output, "50%"), Latency(output, "99%"),
            long.Parse(Count().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            string.Join("; ", output.Split('\n').Where(line => line.Contains("Non-2xx", StringComparison.Ordinal) || line.Contains("Socket errors", StringComparison.Ordinal)).Select(line => line.Trim())));
    }

    private static double Latency(string output, string percent)
    {
        var match = Regex.Match(output, Regex.Escape(percent) + @"\s+([\d.]+)(us|ms|s)");
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch { "us" => value / 1_000, "s" => value * 1_000, _ => value };
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Count();
}
