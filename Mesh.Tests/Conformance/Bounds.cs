namespace Mesh.Tests.Conformance;

/// <summary>
/// What may come of draws. What a client draws cannot be seeded, so bounds are wide enough to be left once in two million runs.
/// </summary>
internal static class Bounds
{
    private const double Deviations = 5;

    /// <summary>
    /// Asserts that so many hits of so many calls may come of this probability: within five standard deviations of the binomial
    /// distribution.
    /// </summary>
    public static void Share(double probability, int hits, int calls)
    {
        var (mean, spread) = (calls * probability, Deviations * Math.Sqrt(calls * probability * (1 - probability)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{hits} of {calls}, {mean:0.#} ± {spread:0.#} expected");
        Assert.InRange(hits, mean - spread, mean + spread);
    }
}
