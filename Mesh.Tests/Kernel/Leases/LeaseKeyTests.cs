using Mesh.Kernel.Catalog;
using Mesh.Kernel.Leases;

namespace Mesh.Tests.Kernel.Leases;

public sealed class LeaseKeyTests
{
    [Fact]
    public void A_key_is_read_back_as_it_was_written()
    {
        var key = new LeaseKey(new ServiceKey("team-a", "echo"), "echo-1#x/y", 42);
        Assert.Equal("team-a/echo/echo-1#x/y#42", key.ToString());
        Assert.True(LeaseKey.TryParse(key.ToString(), out var read));
        Assert.Equal(key, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("a/b#1")]
    [InlineData("a/b/c#")]
    [InlineData("a/b/c#-1")]
    public void Anything_else_is_no_key(string text) => Assert.False(LeaseKey.TryParse(text, out _));
}
