using static Mesh.Tests.Support.Linearizability;

namespace Mesh.Tests.Support;

public sealed class LinearizabilityTests
{
    [Fact]
    public void An_empty_history_is_linearizable() => Assert.True(Check());

    [Fact]
    public void A_read_sees_the_write_before_it() => Assert.True(Check(Write(1, 0, 1), Read(1, 2, 3)));

    [Fact]
    public void A_read_of_a_value_that_was_overwritten_before_its_call_is_stale() =>
        Assert.False(Check(Write(1, 0, 1), Write(2, 2, 3), Read(1, 4, 5)));

    [Fact]
    public void A_read_during_a_write_may_see_either_value()
    {
        Assert.True(Check(Write(1, 0, 1), Write(2, 2, 9), Read(1, 3, 4)));
        Assert.True(Check(Write(1, 0, 1), Write(2, 2, 9), Read(2, 3, 4)));
    }

    [Fact]
    public void Once_a_read_has_seen_the_new_value_no_later_read_sees_the_old_one() =>
        Assert.False(Check(Write(1, 0, 1), Write(2, 2, 9), Read(2, 3, 4), Read(1, 5, 6)));

    [Fact]
    public void A_value_that_nobody_wrote_is_never_read() => Assert.False(Check(Write(1, 0, 1), Read(7, 0, 3)));

    [Fact]
    public void A_read_never_sees_a_write_that_is_called_later() => Assert.False(Check(Read(1, 0, 1), Write(1, 2, 3)));

    [Fact]
    public void Two_readers_never_see_two_writes_in_opposite_orders() =>
        Assert.False(Check(Write(1, 0, 10), Write(2, 0, 10), Read(1, 1, 2), Read(2, 3, 4), Read(1, 5, 6)));

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_late_or_never()
    {
        Assert.True(Check(Write(1, 0, 1), Write(2, 2, null), Read(1, 3, 4), Read(1, 5, 6)));
        Assert.True(Check(Write(1, 0, 1), Write(2, 2, null), Read(1, 3, 4), Read(2, 5, 6)));
    }

    [Fact]
    public void A_write_of_unknown_outcome_happens_at_most_once_and_not_before_its_call()
    {
        Assert.False(Check(Write(1, 0, 1), Write(2, 2, null), Read(2, 3, 4), Write(3, 5, 6), Read(3, 7, 8), Read(2, 9, 10)));
        Assert.False(Check(Read(2, 0, 1), Write(2, 2, null)));
    }

    /// <summary>
    /// Histories made by really running operations one at a time at a moment within their interval, and the same with one answer changed.
    /// </summary>
    [Fact]
    public void Random_histories_of_a_real_register_hold_and_corrupted_ones_do_not()
    {
        var random = TestSeed.Draws(20_260_301);
        for (var round = 0; round < 200; round++)
        {
            var moments = Enumerable.Range(0, 60).Select(i => (At: i * 10L, IsWrite: random.Next(2) == 0)).ToArray();
            var (value, history) = (0, new List<Operation<Register>>());
            foreach (var (at, isWrite) in moments)
            {
                if (isWrite) value = (int)at + 1;
                history.Add(new(at - random.Next(60), at + random.Next(60), new(isWrite, value)));
            }

            Assert.True(Check([.. history]), $"round {round}");
            var lie = history.FindLastIndex(operation => !operation.What.IsWrite);
            history[lie] = history[lie] with { What = new(false, -1) };
            Assert.False(Check([.. history]), $"corrupted round {round}");
        }
    }

    private static bool Check(params Operation<Register>[] history) =>
        Holds(history, 0, (state, operation) => operation.IsWrite ? operation.Value : operation.Value == state ? state : (int?)null);

    private static Operation<Register> Write(int value, long call, long? end) => new(call, end, new(true, value));

    private static Operation<Register> Read(int value, long call, long? end) => new(call, end, new(false, value));

    private readonly record struct Register(bool IsWrite, int Value);
}
