using Mesh.Kernel.Catalog;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Log;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;
using StackExchange.Redis;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>Leases of a log of its own on a Redis that the tests of a class share.</summary>
public abstract class LeaseStoreHarness(RedisServer server) : IAsyncLifetime
{
    protected static readonly TimeSpan Short = TimeSpan.FromMilliseconds(80), Long = TimeSpan.FromMinutes(1),
        Deadline = TimeSpan.FromSeconds(60);

    // Tests tick when they say so, not each second: what a slow machine takes between two ticks must not look like a missing one.
    protected static readonly LeaseOptions Options = new() { TickTolerance = TimeSpan.FromSeconds(30) };

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected LogIdentity Log { get; } = new(Guid.CreateVersion7(), 1);

    protected ConnectionMultiplexer Redis { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await server.Start();
        Redis = await server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static LeaseKey Key(string instance, long incarnation = 1) => new(new ServiceKey("default", "echo"), instance, incarnation);

    protected static Task Expired(ILeaseStore leases, LeaseKey key) =>
        Eventually.True(async () => (await leases.ReadExpiredAsync(10, Token)).Keys.Contains(key), Deadline, $"{key} runs out");

    protected RedisLeaseStore Store(LogIdentity log) => new(Redis, () => log, Options);

    protected async Task<RedisLeaseStore> Ticking()
    {
        var store = Store(Log);
        Assert.True((await store.TickAsync(Token)).Recorded);
        return store;
    }
}
