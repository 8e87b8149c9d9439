using Mesh.AppHost.Settings;

namespace Mesh.Tests.AppHost;

public sealed class AppHostOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0, "--demo")]
    [InlineData(1000, "--port-offset", "1000")]
    [InlineData(1000, "--demo", "--port-offset=1000")]
    public void What_is_known_is_taken(int offset, params string[] arguments)
    {
        var options = AppHostOptions.Parse(arguments);
        Assert.Empty(options.Faults);
        Assert.Equal(offset, options.PortOffset);
    }

    [Theory]
    [InlineData("'--dmeo' is not an option.", "--dmeo")]
    [InlineData("'demo' is not an option.", "demo")]
    [InlineData("'--port-ofset=1000' is not an option.", "--port-ofset=1000")]
    [InlineData("--output-path needs a value.", "--output-path")]
    [InlineData("--publisher manifest needs --output-path", "--publisher", "manifest")]
    [InlineData("the publisher is 'manifest'", "--publisher", "bogus", "--output-path", "x.json")]
    [InlineData("ends with .json, not 'out'", "--publisher", "manifest", "--output-path", "out")]
    [InlineData("there is no folder '/nowhere/at/all'", "--publisher", "manifest", "--output-path", "/nowhere/at/all/manifest.json")]
    [InlineData("not ''", "--port-offset")]
    [InlineData("not 'x'", "--port-offset", "x")]
    [InlineData("not '60000'", "--port-offset=60000")]
    [InlineData("given twice", "--port-offset", "1000", "--port-offset", "2000")]
    public void What_is_wrong_is_named(string fault, params string[] arguments) =>
        Assert.Contains(fault, Assert.Single(AppHostOptions.Parse(arguments).Faults));

    [Theory]
    [InlineData("--publisher=manifest --output-path=x.json", "--publisher", "manifest", "--output-path", "x.json")]
    [InlineData("--operation=publish --step=deploy", "--operation", "publish", "--step=deploy", "--demo")]
    [InlineData("--MESH_DATA_DIR=/data --Parameters:mesh=x", "--MESH_DATA_DIR=/data", "--Parameters:mesh=x")]
    public void What_is_aspires_goes_to_aspire(string forAspire, params string[] arguments)
    {
        var options = AppHostOptions.Parse(arguments);
        Assert.Empty(options.Faults);
        Assert.Equal(forAspire, string.Join(' ', options.ForAspire));
    }

    [Fact]
    public void All_faults_are_named_not_only_the_first() => Assert.Equal(2, AppHostOptions.Parse(["--a", "--b"]).Faults.Count);
}
