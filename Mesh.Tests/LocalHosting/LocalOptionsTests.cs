using Mesh.LocalHosting.Settings;

namespace Mesh.Tests.LocalHosting;

public sealed class LocalOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0, "--demo")]
    [InlineData(1000, "--port-offset", "1000")]
    [InlineData(1000, "--demo", "--port-offset=1000")]
    public void What_is_known_is_taken(int offset, params string[] arguments)
    {
        var options = LocalOptions.Parse(arguments);
        Assert.Empty(options.Faults);
        Assert.Equal(offset, options.PortOffset);
    }

    [Theory]
    [InlineData("'--dmeo' is no option.", "--dmeo")]
    [InlineData("'demo' is no option.", "demo")]
    [InlineData("not ''", "--port-offset")]
    [InlineData("not 'x'", "--port-offset", "x")]
    [InlineData("not '60000'", "--port-offset=60000")]
    public void What_is_wrong_is_named(string fault, params string[] arguments) =>
        Assert.Contains(fault, Assert.Single(LocalOptions.Parse(arguments).Faults));

    [Fact]
    public void All_faults_are_named_not_only_the_first() => Assert.Equal(2, LocalOptions.Parse(["--a", "--b"]).Faults.Count);
}
