using Mesh.DataPlane.Routing;

namespace Mesh.Tests.DataPlane;

public class WeightedTargetsTests
{
    [Theory]
    [InlineData(80u, 20u)]
    [InlineData(1u, 1u)]
    [InlineData(95u, 5u)]
    [InlineData(1_000_000u, 1u)]
    [InlineData(3u, 7u, 11u, 79u)]
    public void Shares_are_kept_to_within_a_few_of_any_number_of_requests(params uint[] weights)
    {
        var targets = Targets(weights);
        var total = weights.Sum(weight => (double)weight);
        var counts = new int[weights.Length];
        for (var n = 1; n <= 10_000; n++)
        {
            counts[targets.All.ToList().IndexOf(targets.Next())]++;
            for (var i = 0; i < counts.Length; i++) Assert.InRange(counts[i], (n * weights[i] / total) - 6, (n * weights[i] / total) + 6);
        }
    }

    [Fact]
    public void Callers_who_ask_in_step_get_their_shares_each()
    {
        // With turns in a fixed order, the fifth of five callers would get all that one of five requests gets.
        for (var callers = 1; callers <= 55; callers++)
        {
            var targets = Targets([80, 20]);
            var seconds = new int[callers];
            for (var i = 0; i < 1_000 * callers; i++)
            {
                if (targets.Next() == targets.All[1]) seconds[i % callers]++;
            }

            Assert.All(seconds, count => Assert.InRange(count, 150, 250));
        }
    }

    [Fact]
    public void A_route_without_targets_or_with_one_of_no_weight_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Targets([]));
        Assert.Throws<ArgumentException>(() => Targets([1, 0]));
    }

    private static WeightedTargets Targets(uint[] weights) => new([.. weights.Select((weight, i) => new WeightedTarget($"c{i}", weight))]);
}
