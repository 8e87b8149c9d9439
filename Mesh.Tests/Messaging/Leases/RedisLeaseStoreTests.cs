using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>Leases on Debian's redis-server.</summary>
public sealed class RedisLeaseStoreTests(RedisProgram server) : LeaseStoreContract(server), IClassFixture<RedisProgram>
{
    [Fact]
    public async Task While_redis_server_is_away_nothing_fails_and_nothing_expires()
    {
        await using var own = new RedisProgram();
        await While_Redis_is_away_nothing_fails_and_nothing_expires(own);
    }

    [Fact]
    public async Task A_Redis_that_comes_back_with_an_older_snapshot_from_its_volume_ends_no_lease_that_was_renewed_since()
    {
        using var volume = new TempFolder();
        await using var own = new DurableRedis(volume.Path);
        await A_Redis_that_comes_back_with_an_older_snapshot_ends_no_lease(own);
    }

    /// <summary>Started as AppHost publishes it: a snapshot a minute, in a volume.</summary>
    private sealed class DurableRedis(string volume) : RedisServer
    {
        protected override ChildProcess Launch() => ChildProcess.StartShared(
            Requires.Program("redis-server", "apt-get install redis-server"), null, "--port", $"{Port}", "--bind", "127.0.0.1", "--dir",
            volume, "--save", "60", "1");
    }
}
