using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Loads;

/// <summary>Windows of load on Debian's redis-server.</summary>
public sealed class RedisLoadWindowsTests(RedisProgram server) : LoadWindowsContract(server), IClassFixture<RedisProgram>
{
    [Fact]
    public async Task While_redis_server_is_away_it_is_said_and_nothing_is_known()
    {
        await using var own = new RedisProgram();
        await While_Redis_is_away_it_is_said_and_nothing_is_known(own);
    }
}
