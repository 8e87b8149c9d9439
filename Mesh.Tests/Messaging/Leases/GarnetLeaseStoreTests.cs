using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>Leases on the local engine's Garnet.</summary>
public sealed class GarnetLeaseStoreTests(GarnetProgram server) : LeaseStoreContract(server), IClassFixture<GarnetProgram>
{
    [Fact]
    public async Task While_Garnet_is_away_nothing_fails_and_nothing_expires()
    {
        await using var own = new GarnetProgram();
        await While_Redis_is_away_nothing_fails_and_nothing_expires(own);
    }
}
