namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Hands out turns by weight without a lock and without a table: of any consecutive turns as many as the weights' sum (divided by
/// their greatest common divisor), each index gets exactly its weight's share, and its turns are spread over the period.
/// </summary>
/// <remarks>
/// A stride scheduler: in round <c>r</c> index <c>i</c> has its turn when <c>weight·r</c> crosses a multiple of the largest weight. The
/// only shared state is the counter the caller brings, so every counter value is used once, however many threads ask.
/// </remarks>
public sealed class Turns
{
    private readonly ulong[] _weights;
    private readonly ulong _heaviest;
    private readonly bool _even;

    /// <summary>Turns for these weights, each at least 1.</summary>
    /// <exception cref="ArgumentException">There is no weight, or one is 0.</exception>
    public Turns(ReadOnlySpan<uint> weights)
    {
        if (weights.IsEmpty || weights.Contains(0u))
            throw new ArgumentException("Turns need at least one weight, and every weight at least 1.", nameof(weights));

        var divisor = 0u;
        foreach (var weight in weights)
            divisor = GreatestCommonDivisor(divisor, weight);

        _weights = new ulong[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            _weights[i] = weights[i] / divisor;
            _heaviest = Math.Max(_heaviest, _weights[i]);
            Period += (long)_weights[i];
        }

        _even = _heaviest == 1;
    }

    /// <summary>After how many turns the pattern repeats, and so over how many the shares are exact.</summary>
    public long Period { get; }

    /// <summary>The index whose turn it is.</summary>
    public int Next(ref long counter)
    {
        var length = (ulong)_weights.Length;
        while (true)
        {
            var tick = (ulong)Interlocked.Increment(ref counter);
            var index = tick % length;
            if (_even)
                return (int)index;

            // Each index starts at another phase, so that light ones do not all have their turn in the same round.
            var weight = _weights[index];
            var round = tick / length % _heaviest;
            var phase = index * _heaviest / length;
            if (((round * weight) + phase) % _heaviest >= _heaviest - weight)
                return (int)index;
        }
    }

    private static uint GreatestCommonDivisor(uint a, uint b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
