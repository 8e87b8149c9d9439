namespace Mesh.DataPlane.Balancing;

/// <summary>Weights that came out of a calculation, as the whole numbers that turns and tables want.</summary>
internal static class EffectiveWeights
{
    private const double Largest = 1_000;

    /// <summary>The same proportions with the largest at 1,000 and none at 0.</summary>
    public static uint[] Whole(double[] weights)
    {
        var max = weights.Max();
        return Array.ConvertAll(weights, w => max <= 0 ? 1 : (uint)Math.Max(1, Math.Round(w * Largest / max)));
    }
}
