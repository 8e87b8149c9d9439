using Mesh.DataPlane.Resilience;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

public class TokenBucketTests
{
    private static readonly int Seed = TestSeed.Of(20_26);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_full_bucket_gives_its_burst_and_then_one_token_at_a_time()
    {
        var bucket = Bucket(burst: 3, tokens: 2, seconds: 1);
        Assert.Equal(3, Taken(bucket, 10));
        Assert.False(bucket.TryTake(_time, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(500), wait);
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0, Taken(bucket, 10));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Taken(bucket, 10));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Taken(bucket, 10));
    }

    [Fact]
    public void Over_a_long_time_no_more_than_the_burst_and_the_rate_get_through_however_they_come()
    {
        var random = TestSeed.DrawsOf(Seed, 0);
        for (var round = 0; round < 50; round++)
        {
            var (burst, rate) = (random.Next(1, 50), random.Next(1, 500));
            var bucket = Bucket(burst, rate, seconds: 1);
            var (taken, milliseconds) = (0, 0);
            while (milliseconds < 10_000)
            {
                taken += Taken(bucket, random.Next(0, 20));
                var step = random.Next(1, 50);
                _time.Advance(TimeSpan.FromMilliseconds(step));
                milliseconds += step;
            }

            // The clock of the test counts tenths of microseconds, so a token is at most that much too cheap.
            Assert.True(taken <= burst + (rate * milliseconds / 1000.0 * 1.0001) + 1,
                $"seed {Seed}, round {round}: {taken} with burst {burst} and {rate} a second in {milliseconds} ms");
        }
    }

    [Fact]
    public async Task Many_threads_together_get_no_more_than_there_is()
    {
        var bucket = Bucket(burst: 1_000, tokens: 1, seconds: 3600);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Taken(bucket, 1_000))));
        Assert.Equal(1_000, taken.Sum());
    }

    [Fact]
    public void Taking_a_token_or_getting_none_allocates_nothing()
    {
        var bucket = Bucket(burst: 50, tokens: 1, seconds: 3600);
        Taken(bucket, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = Taken(bucket, 100);
        Assert.Equal((49, 0), (taken, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    [Theory]
    [InlineData(10_000_000, 10_000_000, 1)]
    [InlineData(10_000_000, 1, 3600)]
    public void The_largest_limits_are_no_trouble(int burst, int tokens, int seconds)
    {
        var bucket = Bucket(burst, tokens, seconds);
        Assert.Equal(5, Taken(bucket, 5));
        _time.Advance(TimeSpan.FromDays(300));
        Assert.Equal(5, Taken(bucket, 5));
    }

    private static TokenBucket Bucket(int burst, int tokens, int seconds) =>
        new(new TokenBucketConfig(burst, tokens, TimeSpan.FromSeconds(seconds)));

    private int Taken(TokenBucket bucket, int tries)
    {
        var taken = 0;
        for (var i = 0; i < tries; i++)
            taken += bucket.TryTake(_time, out _) ? 1 : 0;
        return taken;
    }
}
