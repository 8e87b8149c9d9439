using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench.Running;

/// <summary>One run of wrk: a load that costs the machine little, so that it measures servers rather than itself.</summary>
internal sealed partial record WrkResult(double RequestsPerSecond, double P50Ms, double P99Ms, long Requests, string Errors)
{
    /// <summary>Runs it with one thread.</summary>
    /// <param name="wrk">Path of the program.</param>
    /// <param name="url">What is asked for.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="connections">Each asks again as soon as it has its answer.</param>
    /// <param name="script">Path of a Lua script that makes the requests, or null for GET.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<WrkResult> RunAsync(string wrk, string url, int seconds, int connections, string? script,
        CancellationToken cancellationToken)
    {
        await using var load = Child.Start(wrk,
            ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", .. script is null ? Array.Empty<string>() : ["-s", script], url]);
        var output = await load.ResultAsync(cancellationToken);
        return new WrkResult(
            double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), Latency(output, "50%"),
            Latency(output, "99%"),
            long.Parse(Count().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            string.Join("; ",
                output.Split('\n')
                    .Where(line => line.Contains("Non-2xx", StringComparison.Ordinal)
                        || line.Contains("Socket errors", StringComparison.Ordinal)).Select(line => line.Trim())));
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
