namespace Mesh.DataPlane.Balancing;

/// <summary>Draws an index with the probability of its weight.</summary>
internal sealed class WeightedDraw
{
    private readonly ulong[] _sums;
    private readonly bool _even;

    public WeightedDraw(ReadOnlySpan<uint> weights)
    {
        _sums = new ulong[weights.Length];
        var sum = 0UL;
        _even = true;
        for (var i = 0; i < weights.Length; i++)
        {
            _sums[i] = sum += weights[i];
            _even &= weights[i] == weights[0];
        }
    }

    public int Next(Random random)
    {
        if (_even)
            return random.Next(_sums.Length);
        var at = Array.BinarySearch(_sums, (ulong)random.NextInt64((long)_sums[^1]) + 1);
        return at < 0 ? ~at : at;
    }
}
