using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

public class RetryTests
{
    [Theory]
    [InlineData(RetryConditions.ServerError, 500, null, true)]
    [InlineData(RetryConditions.ServerError, 499, null, false)]
    [InlineData(RetryConditions.GatewayError, 500, null, false)]
    [InlineData(RetryConditions.GatewayError, 503, null, true)]
    [InlineData(RetryConditions.Retriable4xx, 409, null, true)]
    [InlineData(RetryConditions.Retriable4xx, 404, null, false)]
    [InlineData(RetryConditions.StatusCodes, 418, null, true)]
    [InlineData(RetryConditions.StatusCodes, 419, null, false)]
    [InlineData(RetryConditions.ConnectFailure, 503, null, false)]
    [InlineData(RetryConditions.Unavailable, 200, 14, true)]
    [InlineData(RetryConditions.Unavailable, 200, 13, false)]
    [InlineData(RetryConditions.Internal, 200, 13, true)]
    [InlineData(RetryConditions.Cancelled, 200, 1, true)]
    [InlineData(RetryConditions.DeadlineExceeded, 200, 4, true)]
    [InlineData(RetryConditions.ResourceExhausted, 200, 8, true)]
    [InlineData(RetryConditions.Unavailable, 200, 0, false)]
    public void An_answer_calls_for_another_attempt(RetryConditions on, int status, int? grpc, bool again) =>
        Assert.Equal(again, new RetryPolicy(on, 1) { StatusCodes = [418] }.Takes(status, grpc));

    [Theory]
    [InlineData(RetryConditions.ConnectFailure, NoAnswer.NotConnected, false, true)]
    [InlineData(RetryConditions.ConnectFailure, NoAnswer.BrokenOff, false, false)]
    [InlineData(RetryConditions.RefusedStream, NoAnswer.Refused, false, true)]
    [InlineData(RetryConditions.RefusedStream, NoAnswer.BrokenOff, false, false)]
    [InlineData(RetryConditions.Reset, NoAnswer.TooLate, false, true)]
    [InlineData(RetryConditions.ResetBeforeRequest, NoAnswer.NotConnected, false, true)]
    [InlineData(RetryConditions.ResetBeforeRequest, NoAnswer.Refused, false, true)]
    [InlineData(RetryConditions.ResetBeforeRequest, NoAnswer.BrokenOff, true, false)]
    [InlineData(RetryConditions.ServerError, NoAnswer.BrokenOff, false, true)]
    [InlineData(RetryConditions.GatewayError, NoAnswer.NotConnected, false, true)]
    [InlineData(RetryConditions.StatusCodes, NoAnswer.BrokenOff, false, false)]
    [InlineData(RetryConditions.Unavailable, NoAnswer.BrokenOff, true, true)]
    [InlineData(RetryConditions.Unavailable, NoAnswer.BrokenOff, false, false)]
    [InlineData(RetryConditions.DeadlineExceeded, NoAnswer.TooLate, true, true)]
    public void The_lack_of_an_answer_calls_for_another_attempt(RetryConditions on, NoAnswer none, bool grpc, bool again) =>
        Assert.Equal(again, new RetryPolicy(on, 1).Takes(none, grpc));

    [Fact]
    public void The_wait_doubles_up_to_its_limit_and_is_drawn_from_all_below()
    {
        var random = TestSeed.Draws(TestCluster.Seed);
        var policy = new RetryPolicy(RetryConditions.ServerError, 9)
        {
            BackoffBase = TimeSpan.FromMilliseconds(10),
            BackoffMax = TimeSpan.FromMilliseconds(60),
        };
        double[] limits = [10, 20, 40, 60, 60];
        for (var retry = 1; retry <= limits.Length; retry++)
        {
            var waits = Enumerable.Range(0, 2_000).Select(_ => policy.Backoff(retry, random).TotalMilliseconds).ToList();
            Assert.InRange(waits.Max(), limits[retry - 1] * 0.98, limits[retry - 1]);
            Assert.InRange(waits.Average(), limits[retry - 1] * 0.46, limits[retry - 1] * 0.54);
        }
    }

    [Fact]
    public void Three_a_second_may_be_sent_again_in_any_case()
    {
        var time = new FakeTimeProvider();
        var budget = new RetryBudget(time);
        for (var second = 0; second < 20; second++)
        {
            Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => Take(budget)));
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_fifth_of_the_last_ten_seconds_requests_may_be_sent_again()
    {
        var time = new FakeTimeProvider();
        var budget = new RetryBudget(time);
        for (var i = 0; i < 1_000; i++)
            budget.Begin();
        Assert.Equal(200, Enumerable.Range(0, 500).Count(_ => Take(budget)));
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(3, Enumerable.Range(0, 500).Count(_ => Take(budget)));
        time.Advance(TimeSpan.FromSeconds(11));
        for (var i = 0; i < 100; i++)
            budget.Begin();
        Assert.Equal(20, Enumerable.Range(0, 500).Count(_ => Take(budget)));
    }

    [Fact]
    public void No_more_than_a_number_are_sent_again_at_once()
    {
        var budget = new RetryBudget(new FakeTimeProvider());
        Assert.True(budget.TryTake(RetryBudgetConfig.Default, 1));
        Assert.False(budget.TryTake(RetryBudgetConfig.Default, 1));
        budget.End();
        Assert.True(budget.TryTake(RetryBudgetConfig.Default, 1));
    }

    private static bool Take(RetryBudget budget)
    {
        if (!budget.TryTake(RetryBudgetConfig.Default, null))
            return false;
        budget.End();
        return true;
    }
}
