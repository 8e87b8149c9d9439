using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>Ticks on Debian's redis-server.</summary>
public sealed class RedisLeaseTickTests(RedisProgram server) : LeaseTickContract(server), IClassFixture<RedisProgram>;
