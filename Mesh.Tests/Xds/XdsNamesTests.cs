using Mesh.Xds.Resources;

namespace Mesh.Tests.Xds;

public class XdsNamesTests
{
    [Theory]
    [InlineData("default", "echo", "echo")]
    [InlineData("shop", "cart", "cart.shop")]
    public void A_service_is_called_by_its_name_and_outside_default_by_its_namespace_too(string ns, string name, string wire)
    {
        Assert.Equal(wire, XdsNames.Service(ns, name));
        Assert.Equal((ns, name), XdsNames.Parse(wire));
    }

    [Theory]
    [InlineData("echo", "echo")]
    [InlineData("echo.default", "echo")]
    [InlineData("cart.shop", "cart.shop")]
    public void The_namespace_default_may_be_said_and_is_left_out(string written, string wire) =>
        Assert.Equal(wire, XdsNames.Canonical(written));

    [Fact]
    public void A_subset_is_part_of_its_service()
    {
        Assert.Equal("cart.shop@v2", XdsNames.Subset("cart.shop", "v2"));
        Assert.Equal("cart.shop", XdsNames.ServiceOf("cart.shop@v2"));
        Assert.Equal("cart.shop", XdsNames.ServiceOf("cart.shop"));
    }

    [Fact]
    public void A_service_of_the_default_namespace_has_its_short_domains_too()
    {
        Assert.Equal(["echo", "echo.mesh", "echo.default", "echo.default.mesh"], XdsNames.Domains("echo"));
        Assert.Equal(["cart.shop", "cart.shop.mesh"], XdsNames.Domains("cart.shop"));
    }
}
