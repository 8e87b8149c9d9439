using System.Globalization;
using System.Runtime.CompilerServices;
using CsCheck;

namespace Mesh.Tests.Support;

/// <summary>
/// Where random tests have their seed: the usual one, or that of <c>MESH_TEST_SEED</c>, printed either way. Property tests take it as
/// CsCheck prints it (a text), all others as a number; each kind leaves the other's alone.
/// </summary>
internal static class TestSeed
{
    private const string Variable = "MESH_TEST_SEED";

    /// <summary>The number that <c>MESH_TEST_SEED</c> holds; null for none.</summary>
    public static int? Given { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var given) ? given : null;

    /// <summary>The seed of the running test.</summary>
    /// <param name="usual">What it is unless another one is given.</param>
    public static int Of(int usual)
    {
        var seed = Given ?? usual;
        TestContext.Current.TestOutputHelper?.WriteLine($"{Variable}={seed}");
        return seed;
    }

    /// <summary>Draws from the seed of the running test.</summary>
    /// <param name="usual">What it is unless another one is given.</param>
    public static Random Draws(int usual) => new(Of(usual));

    /// <summary>Draws of one of several that work at once, each its own.</summary>
    /// <param name="seed">Of the test, from <see cref="Of"/>.</param>
    /// <param name="part">Which of them.</param>
    public static Random DrawsOf(int seed, int part) => new(unchecked(seed + part));

    // What CsCheck's own variable does, for each property test.
    [ModuleInitializer]
    internal static void SeedProperties()
    {
        if (Given is null && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
            Check.Seed = text;
    }
}
