using System.Numerics;

namespace Mesh.Tests.Support;

/// <summary>
/// Says whether a recorded history of concurrent operations could have happened one at a time, each at some moment between its call and its
/// return (Herlihy and Wing). A depth-first search over "which operation took effect next", after Wing and Gong, that never visits the same
/// set of finished operations with the same state twice (Lowe). Operations without a known return may have taken effect at any later time,
/// or never.
/// </summary>
public static class Linearizability
{
    /// <summary>An operation as its caller saw it.</summary>
    /// <param name="Call">When it was called, on one clock.</param>
    /// <param name="Return">When it returned; null if nobody knows whether it took effect.</param>
    /// <param name="What">What was asked and answered.</param>
    public readonly record struct Operation<T>(long Call, long? Return, T What);

    /// <summary>Whether <paramref name="history"/> is linearizable.</summary>
    /// <param name="history">Of one object: a history of several is linearizable if each one's is.</param>
    /// <param name="initial">State before all of it; compared by value.</param>
    /// <param name="step">The state after an operation, or null if its answer cannot be had in this state.</param>
    public static bool Holds<TState, T>(IEnumerable<Operation<T>> history, TState initial, Func<TState, T, TState?> step)
        where TState : struct
    {
        var all = history.OrderBy(operation => operation.Call).ToArray();
        Operation<T>[] known = [.. all.Where(operation => operation.Return is not null)],
            unknown = [.. all.Where(operation => operation.Return is null)];
        var seen = new HashSet<Node<TState>>();
        var open = new Stack<Node<TState>>();
        open.Push(new(0, 0, 0, initial));
        while (open.TryPop(out var node))
        {
            if (node.First == known.Length) return true;
            if (!seen.Add(node)) continue;
            var limit = EarliestReturn(known, node);
            for (var i = 0; i < unknown.Length && unknown[i].Call <= limit; i++)
            {
                var bit = BigInteger.One << i;
                if ((node.Maybe & bit) == 0 && step(node.State, unknown[i].What) is { } state)
                    open.Push(node with { Maybe = node.Maybe | bit, State = state });
            }

            for (var i = node.First; i < known.Length && known[i].Call <= limit; i++)
            {
                if (!node.Has(i) && step(node.State, known[i].What) is { } state) open.Push(node.With(i, state));
            }
        }

        return false;
    }

    /// <summary>Nothing that is called after this moment can come next.</summary>
    private static long EarliestReturn<TState, T>(Operation<T>[] known, Node<TState> node) where TState : struct
    {
        var earliest = long.MaxValue;
        for (var i = node.First; i < known.Length && known[i].Call <= earliest; i++)
        {
            if (!node.Has(i)) earliest = Math.Min(earliest, known[i].Return!.Value);
        }

        return earliest;
    }

    /// <summary>
    /// All known operations before <c>First</c> have taken effect, of the later ones those in <c>Done</c>, of the unknown ones those in
    /// <c>Maybe</c>.
    /// </summary>
    private readonly record struct Node<TState>(int First, BigInteger Done, BigInteger Maybe, TState State) where TState : struct
    {
        public bool Has(int index) => !(Done >> (index - First)).IsEven;

        public Node<TState> With(int index, TState state)
        {
            var (first, done) = (First, Done | (BigInteger.One << (index - First)));
            for (; !done.IsEven; done >>= 1) first++;
            return new(first, done, Maybe, state);
        }
    }
}
