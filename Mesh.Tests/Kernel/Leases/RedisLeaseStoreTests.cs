using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Leases;

/// <summary>Leases on Debian's redis-server.</summary>
public sealed class RedisLeaseStoreTests(RedisProgram server) : LeaseStoreContract(server), IClassFixture<RedisProgram>
{
    [Fact]
    public async Task While_redis_server_is_away_nothing_fails_and_nothing_expires()
    {
        await using var own = new RedisProgram();
        await While_Redis_is_away_nothing_fails_and_nothing_expires(own);
    }
}
