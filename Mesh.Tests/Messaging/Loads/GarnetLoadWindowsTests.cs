using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Loads;

/// <summary>Windows of load on the local engine's Garnet.</summary>
public sealed class GarnetLoadWindowsTests(GarnetProgram server) : LoadWindowsContract(server), IClassFixture<GarnetProgram>
{
    [Fact]
    public async Task While_Garnet_is_away_it_is_said_and_nothing_is_known()
    {
        await using var own = new GarnetProgram();
        await While_Redis_is_away_it_is_said_and_nothing_is_known(own);
    }
}
