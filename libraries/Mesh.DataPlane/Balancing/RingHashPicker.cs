using System.Globalization;

namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Endpoints stand on a ring, each on as many points as its weight gives it; a request goes to the first point at or after its hash. When
/// one of n endpoints goes, only its own requests move, to those that stand after it. Flow step 9.
/// </summary>
/// <remarks>
/// Envoy and gRPC's clients place endpoints on points of the same names and hashes, but on fewer the more endpoints there are, so that each
/// change of their number moves others' requests too. Here the number of points hangs on the weight alone as long as there are no more than
/// 64 endpoints, and is halved with each doubling from there on.
/// </remarks>
internal sealed class RingHashPicker : EndpointPicker
{
    private const int LongestWalk = 4096;
    private const int WholeUpTo = 64;
    private readonly EndpointSnapshot[] _endpoints;
    private readonly ulong[] _points;
    private readonly int[] _owners;

    public RingHashPicker(EndpointSnapshot[] endpoints, uint[] weights, int minRing, int maxRing)
    {
        _endpoints = endpoints;
        var heaviest = (double)weights.Max();
        var most = Points(endpoints.Length, minRing, maxRing);
        var points = new List<ulong>();
        var owners = new List<int>();
        for (var i = 0; i < endpoints.Length; i++)
        {
            var count = Math.Max(1, Math.Round(most * weights[i] / heaviest));
            for (var n = 0; n < count; n++)
            {
                points.Add(KeyHash.Of(string.Create(CultureInfo.InvariantCulture, $"{endpoints[i].State.Address}_{n}")));
                owners.Add(i);
            }
        }

        (_points, _owners) = ([.. points], [.. owners]);
        Array.Sort(_points, _owners);
    }

    /// <summary>How many points the heaviest endpoint has.</summary>
    private static int Points(int endpoints, int minRing, int maxRing)
    {
        var points = minRing;
        for (var full = WholeUpTo; full < endpoints; full *= 2)
            points /= 2;
        return Math.Clamp(points, 1, Math.Max(1, maxRing / endpoints));
    }

    /// <summary>How many points there are.</summary>
    public int Size => _points.Length;

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        var start = Array.BinarySearch(_points, hash);
        if (start < 0)
            start = ~start;
        var walk = Math.Min(_points.Length, LongestWalk);
        for (var i = 0; i < walk; i++)
        {
            var next = _endpoints[_owners[(start + i) % _points.Length]];
            if (!tried.Contains(next.State) && !next.State.IsAvoided(now))
                return next;
        }

        return AnyUntried(_endpoints, tried, now, _owners[start % _points.Length]);
    }
}
