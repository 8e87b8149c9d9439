using Mesh.Kernel.Catalog;
using Mesh.Security.Authority;

namespace Mesh.Tests.Security.Authority;

public sealed class IdentityTests
{
    [Theory]
    [InlineData("cdaprod.mesh")]
    [InlineData("prod")]
    [InlineData("a-1.b-2.example.com")]
    public void A_DNS_name_in_lower_case_is_a_trust_domain(string name) => Assert.Equal(name, TrustDomain.TryParse(name)?.Name);

    [Theory]
    [InlineData("")]
    [InlineData("Prod.mesh")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a_b")]
    [InlineData("a b")]
    [InlineData("a:443")]
    [InlineData("*.mesh")]
    [InlineData("a/b")]
    [InlineData("-a")]
    [InlineData("ä.mesh")]
    [InlineData("a\0b")]
    public void Nothing_else_is_one(string name) => Assert.Null(TrustDomain.TryParse(name));

    [Fact]
    public void A_trust_domain_is_no_longer_than_a_DNS_name()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 62), 5))[..253];
        Assert.NotNull(TrustDomain.TryParse(longest));
        Assert.Null(TrustDomain.TryParse(longest + "a"));
    }

    [Fact]
    public void An_identity_is_read_as_it_is_written()
    {
        var id = new SpiffeId(TrustDomain.Default, new ServiceKey("payments", "shop"));
        Assert.Equal("spiffe://cdaprod.mesh/ns/payments/sa/shop", id.ToString());
        Assert.Equal(id, SpiffeId.TryParse(id.ToString()));
    }

    [Theory]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b/")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/")]
    [InlineData("spiffe://cdaprod.mesh/ns//sa/b")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b/c")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/b/sa/c")]
    [InlineData("spiffe://cdaprod.mesh/sa/b/ns/a")]
    [InlineData("spiffe://cdaprod.mesh/ns/a")]
    [InlineData("spiffe://cdaprod.mesh")]
    [InlineData("spiffe:///ns/a/sa/b")]
    [InlineData("SPIFFE://cdaprod.mesh/ns/a/sa/b")]
    [InlineData("spiffe://CDAPROD.mesh/ns/a/sa/b")]
    [InlineData("spiffe://cdaprod.mesh:443/ns/a/sa/b")]
    [InlineData("spiffe://user@cdaprod.mesh/ns/a/sa/b")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b?x")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b#x")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/%62")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b\0")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/b\0.evil")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/*")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/..")]
    [InlineData("spiffe://cdaprod.mesh//ns/a/sa/b")]
    [InlineData(" spiffe://cdaprod.mesh/ns/a/sa/b")]
    [InlineData("https://cdaprod.mesh/ns/a/sa/b")]
    [InlineData("spiffe://cdaprod.mesh/ns/a/sa/B")]
    public void Every_other_way_to_write_one_is_none(string text) => Assert.Null(SpiffeId.TryParse(text));
}
