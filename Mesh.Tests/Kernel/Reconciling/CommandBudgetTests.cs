using Mesh.Kernel.Reconciling;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Reconciling;

public class CommandBudgetTests
{
    private static readonly ReconcileKey Key = new("r", "default/a");
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Commands_count_for_a_minute()
    {
        var budget = new CommandBudget(_time);
        Assert.Equal(1, budget.Count(Key));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, budget.Count(Key));
        Assert.Equal(1, budget.Count(Key with { Resource = "default/b" }));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, budget.Count(Key));
    }

    [Fact]
    public void An_observer_may_send_half_at_once_and_the_rest_spread_over_the_minute_and_never_more_than_all()
    {
        var budget = new CommandBudget(_time);
        var sent = new List<DateTimeOffset>();
        for (var step = 0; step < 6_000; step++)
        {
            if (budget.Pace(Key, 20) == TimeSpan.Zero)
            {
                budget.Count(Key);
                sent.Add(_time.GetUtcNow());
            }

            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(10, sent.Count(time => time - sent[0] < TimeSpan.FromSeconds(2)));
        Assert.All(sent, time => Assert.InRange(sent.Count(other => other > time - TimeSpan.FromMinutes(1) && other <= time), 1, 20));
        Assert.All(sent.Zip(sent.Skip(1)), pair => Assert.True(pair.Second - pair.First < TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void A_pause_that_is_asked_for_is_long_enough()
    {
        var budget = new CommandBudget(_time);
        for (var i = 0; i < 200; i++)
        {
            _time.Advance(budget.Pace(Key, 20));
            Assert.Equal(TimeSpan.Zero, budget.Pace(Key, 20));
            Assert.InRange(budget.Count(Key), 1, 20);
        }
    }
}
