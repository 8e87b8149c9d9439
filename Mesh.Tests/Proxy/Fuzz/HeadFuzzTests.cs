using System.Diagnostics;
using System.Globalization;
using Mesh.Tests.Support;

namespace Mesh.Tests.Proxy.Fuzz;

public class HeadFuzzTests(ITestOutputHelper output)
{
    private const int Callers = 3;
    private const int Requests = 150;

    /// <summary>Seeds that have found something, and some that have not.</summary>
    private static readonly int[] Kept = [1, 2, 3, 1020, 1107, 1162, 2306];

    /// <summary>
    /// A few seconds with the seeds that are kept. <c>MESH_FUZZ_MINUTES</c> goes on with new ones for so long, <c>MESH_TEST_SEED</c> begins
    /// with another one.
    /// </summary>
    [Fact]
    public async Task An_upstream_sees_exactly_one_well_formed_request_for_each_that_is_forwarded_and_nothing_of_anothers()
    {
        var cancel = TestContext.Current.CancellationToken;
        var first = TestSeed.Given;
        var minutes = double.TryParse(Environment.GetEnvironmentVariable("MESH_FUZZ_MINUTES"), CultureInfo.InvariantCulture, out var m)
            ? m
            : 0;
        await using var fuzz = await HeadFuzz.Start();
        var begun = Stopwatch.GetTimestamp();
        var findings = new List<string>();
        var rounds = 0;
        foreach (var seed in (first is { } one ? [one] : Kept).Concat(Enumerable.Range(first + 1 ?? 1_000, 100_000_000)))
        {
            if (rounds >= (first is null ? Kept.Length : 1) && Stopwatch.GetElapsedTime(begun).TotalMinutes >= minutes)
                break;
            foreach (var finding in await fuzz.Round(seed, Callers, Requests, cancel))
            {
                output.WriteLine(finding);
                findings.Add(finding);
            }

            if (++rounds % 200 == 0)
                output.WriteLine(
                    $"{Stopwatch.GetElapsedTime(begun)}: {rounds} rounds up to seed {seed}, {fuzz.Counts}, {findings.Count} findings");
        }

        output.WriteLine(
            $"{rounds} rounds of {Callers} × {Requests} requests in {Stopwatch.GetElapsedTime(begun)}: {fuzz.Counts}, {findings.Count} "
                + "findings");
        Assert.True(fuzz.Counts.Forwarded > 0);
        Assert.True(findings.Count == 0, string.Join("\n\n", findings.Take(20)));
    }
}
