using System.Collections.Concurrent;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Leases;

public sealed class LeaseTickerTests
{
    [Fact]
    public async Task Ticks_begin_when_the_log_is_known_and_end_with_leaving()
    {
        var folder = new StateFolder([]);
        var states = new StatePublisher(folder.Empty(default));
        var leases = new SeenTicks(states);
        var time = new FakeTimeProvider();
        using var ticker = new LeaseTicker(leases, states, Options.Create(new LeaseOptions()), time, NullLogger<LeaseTicker>.Instance);
        await ticker.StartAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(5));
        var log = new LogIdentity(Guid.CreateVersion7(), 1);
        states.Publish(folder.Empty(log), [], reset: true);
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return leases.Ticks.Count >= 3;
            },
            TimeSpan.FromSeconds(60), "it ticks");
        Assert.All(leases.Ticks, seen => Assert.Equal(log, seen));
        await ticker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, leases.Left);
    }

    private sealed class SeenTicks(IStateSource states) : ILeaseStore
    {
        public ConcurrentQueue<LogIdentity> Ticks { get; } = new();

        public int Left { get; private set; }

        public ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken)
        {
            Ticks.Enqueue(states.Current.Position.Log);
            return new(new LeaseTick(true, null, 0));
        }

        public ValueTask LeaveAsync(CancellationToken cancellationToken)
        {
            Left++;
            return default;
        }

        public ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken) => new(true);

        public ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken) => new(true);

        public ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken) => new(true);

        public ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken) =>
            new(new ExpiredLeases([], null));

        public ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken) => new(false);
    }
}
