using Mesh.Xds.Resources;

namespace Mesh.Tests.Xds;

public class ControlPlaneIdentifierTests
{
    [Theory]
    [InlineData("cp", "0198a000000070008000000000000001/2", 4711, "cp@0198a000000070008000000000000001/2/4711")]
    [InlineData("cp@site/a", "0198a000000070008000000000000001/2", 1, "cp@site/a@0198a000000070008000000000000001/2/1")]
    [InlineData("cp", "", 0, "cp@0")]
    public void It_names_the_log_and_the_log_can_be_read_back(string name, string log, long sequence, string identifier)
    {
        Assert.Equal(identifier, ControlPlaneIdentifier.Format(name, log, sequence));
        Assert.Equal(log, ControlPlaneIdentifier.LogOf(identifier));
    }

    [Fact]
    public void The_trace_of_a_response_goes_with_it_and_hides_nothing()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var identifier = ControlPlaneIdentifier.Format("cp-1", "0198a000000070008000000000000001/1", 7, Trace);
        Assert.Equal(Trace, ControlPlaneIdentifier.TraceOf(identifier));
        Assert.Equal("0198a000000070008000000000000001/1", ControlPlaneIdentifier.LogOf(identifier));
        Assert.Null(ControlPlaneIdentifier.TraceOf(ControlPlaneIdentifier.Format("cp-1", "", 7)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("istiod")]
    [InlineData("some/other/thing")]
    public void Another_control_planes_identifier_names_no_log(string identifier) =>
        Assert.Equal("", ControlPlaneIdentifier.LogOf(identifier));
}
