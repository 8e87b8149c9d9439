using Microsoft.Extensions.Options;

namespace Mesh.Tests.ControlPlane;

public sealed class ControlPlaneOptionsTests
{
    [Theory]
    [InlineData("CatchUp", "-00:00:01")]
    [InlineData("ReadyWithin", "-00:00:01")]
    [InlineData("ServeBehindAfter", "2.00:00:00")]
    [InlineData("AppliedTtl", "00:00:00")]
    [InlineData("Flavours", "grpc, nginx")]
    public async Task A_setting_out_of_range_stops_the_start(string name, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => ControlPlaneHarness.Start(settings: new Dictionary<string, string?> { [$"Mesh:ControlPlane:{name}"] = value }));
        Assert.Contains(name, refused.Message);
    }
}
