namespace Mesh.DataPlane.Balancing;

/// <summary>
/// A table of prime size in which every endpoint has its weight's share of the slots, filled by turns from each one's own permutation
/// (Eisenbud et al., "Maglev", NSDI 2016, §3.4): one look finds a request's endpoint, and a change of endpoints moves little more than it
/// must. Flow step 9.
/// </summary>
internal sealed class MaglevPicker : EndpointPicker
{
    private const int LongestWalk = 256;
    private readonly EndpointSnapshot[] _endpoints;
    private readonly int[] _table;

    public MaglevPicker(EndpointSnapshot[] endpoints, uint[] weights, int size)
    {
        _endpoints = endpoints;
        _table = new int[size];
        Array.Fill(_table, -1);
        Fill(weights);
    }

    /// <summary>The index of the endpoint in each slot.</summary>
    public ReadOnlySpan<int> Table => _table;

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        var start = (int)(hash % (ulong)_table.Length);
        var walk = Math.Min(_table.Length, LongestWalk);
        for (var i = 0; i < walk; i++)
        {
            var next = _endpoints[_table[(start + i) % _table.Length]];
            if (!tried.Contains(next.State) && !next.State.IsAvoided(now))
                return next;
        }

        return AnyUntried(_endpoints, tried, now, _table[start]);
    }

    private void Fill(uint[] weights)
    {
        var size = (ulong)_table.Length;
        var next = new ulong[weights.Length];
        var skip = new ulong[weights.Length];
        var credit = new double[weights.Length];
        var heaviest = (double)weights.Max();
        for (var i = 0; i < weights.Length; i++)
        {
            next[i] = KeyHash.Of(_endpoints[i].State.Address) % size;
            skip[i] = (KeyHash.Of(_endpoints[i].State.Address, 1) % (size - 1)) + 1;
        }

        for (var filled = 0; ;)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                // The heaviest has a turn in every round, the others as often as their weight is a share of it.
                credit[i] += weights[i] / heaviest;
                if (credit[i] < 1)
                    continue;
                credit[i]--;
                while (_table[next[i]] >= 0)
                    next[i] = (next[i] + skip[i]) % size;
                _table[next[i]] = i;
                if (++filled == _table.Length)
                    return;
            }
        }
    }
}
