using Mesh.Kernel.Settings;
using Mesh.ServiceDefaults.Guarding;
using Microsoft.Extensions.Configuration;

namespace Mesh.Tests.ServiceDefaults.Guarding;

/// <summary>Under which names a listener answers, and to pages of which origins.</summary>
public class WebPageRulesTests
{
    private static readonly GuardedListener Interface = new(ListenerUse.Interface, LoopbackOnly: true);
    private static readonly GuardedListener Services = new(ListenerUse.Services, LoopbackOnly: true);
    private static readonly GuardedListener Outbound = new(ListenerUse.Outbound, LoopbackOnly: true);

    [Theory]
    [InlineData("127.0.0.1:7400", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("10.1.2.3:7400", true)]
    [InlineData("[::1]:7400", true)]
    [InlineData("[fe80::1]", true)]
    [InlineData("127.1:7400", true)]
    [InlineData("127.0.1", true)]
    [InlineData("2130706433", true)]
    [InlineData("0x7f000001:7400", true)]
    [InlineData("0x7F.1", true)]
    [InlineData("0177.0.0.1", true)]
    [InlineData("127.1.", true)]
    [InlineData("localhost", true)]
    [InlineData("LocalHost.:7400", true)]
    [InlineData("api.localhost:7400", true)]
    [InlineData("", true)]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example:7400", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("registry:7400", false)]
    [InlineData("shop.mesh", false)]
    [InlineData("1.2.3.4.5", false)]
    [InlineData("127.1.evil.example", false)]
    [InlineData("127.1.beef", false)]
    [InlineData("beef.1", false)]
    [InlineData("face", false)]
    [InlineData("127.0.0.256", false)]
    [InlineData("4294967296", false)]
    [InlineData("127..1", false)]
    [InlineData(".1", false)]
    [InlineData("0x", false)]
    [InlineData("[::1.evil.example]", false)]
    [InlineData("[::1", false)]
    public void An_interface_on_loopback_answers_to_addresses_and_localhost(string host, bool allowed) =>
        Assert.Equal(allowed, AllowsHost(Interface, host));

    [Theory]
    [InlineData("registry:7400", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("evil.example", false)]
    [InlineData("registry.internal.example.com", false)]
    public void An_interface_beyond_loopback_answers_to_names_without_a_dot_too(string host, bool allowed) =>
        Assert.Equal(allowed, AllowsHost(Interface with { LoopbackOnly = false }, host));

    [Theory]
    [InlineData("shop.mesh", true)]
    [InlineData("Shop.Billing.MESH:7480", true)]
    [InlineData("127.0.0.1:7480", true)]
    [InlineData("shop", true)]
    [InlineData("evil.example", false)]
    [InlineData("mesh.evil.example", false)]
    public void Services_on_loopback_are_called_by_address_or_by_name_in_the_mesh(string host, bool allowed)
    {
        Assert.Equal(allowed, AllowsHost(Services, host));
        Assert.True(AllowsHost(Services with { LoopbackOnly = false }, host));
    }

    [Theory]
    [InlineData("registry.example.com", "registry.example.com:7400", true)]
    [InlineData("registry.example.com", "REGISTRY.example.com", true)]
    [InlineData("registry.example.com", "other.example.com", false)]
    [InlineData("*.example.com, other.test", "a.b.example.com", true)]
    [InlineData("*.example.com, other.test", "other.test", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "evilexample.com", false)]
    [InlineData("*", "anything.example", true)]
    public void Further_names_are_a_setting(string setting, string host, bool allowed) =>
        Assert.Equal(allowed, AllowsHost(Interface, host, setting));

    [Theory]
    [InlineData("http://127.0.0.1:7400", true)]
    [InlineData("https://127.0.0.1:7400", true)]
    [InlineData("http://127.0.0.1:7480", false)]
    [InlineData("http://localhost:3000", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://127.0.0.1:7400.evil.example", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("https://console.example.com", true)]
    public void An_interface_takes_its_own_pages_and_those_that_are_set(string origin, bool allowed)
    {
        foreach (var method in (string[])["GET", "POST", "OPTIONS", "DELETE"])
            Assert.Equal(allowed,
                AllowsOrigin(Interface, new PageRequest(method, "127.0.0.1:7400", origin, "", false),
                    origins: "https://console.example.com"));
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://[::1]:3000", true)]
    [InlineData("http://shop.mesh:7480", true)]
    [InlineData("https://localhost", true)]
    [InlineData("http://127.0.0.1:16480.evil.example", false)]
    [InlineData("http://localhost:3000.evil.example", false)]
    [InlineData("http://localhost:", false)]
    [InlineData("http://localhost:3000/", false)]
    [InlineData("http://localhost:3000:80", false)]
    [InlineData("http://localhost:1234567", false)]
    [InlineData("http://evil.example/x.localhost", false)]
    [InlineData("http://evil.example\\.localhost", false)]
    [InlineData("http://evil.example#.mesh", false)]
    [InlineData("http://evil.example?.mesh", false)]
    [InlineData("http://evil.example, http://localhost", false)]
    [InlineData("http://me@localhost", false)]
    [InlineData("http://[::1]evil.example", false)]
    [InlineData("http://[::1", false)]
    [InlineData("http://", false)]
    [InlineData("ftp://localhost", false)]
    [InlineData("http://10.1.2.3", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public void Services_on_loopback_take_pages_of_this_machine_and_of_the_mesh(string origin, bool allowed)
    {
        var request = new PageRequest("POST", "127.0.0.1:7480", origin, "", false);
        Assert.Equal(allowed, AllowsOrigin(Services, request));
        Assert.Equal(allowed, AllowsOrigin(Outbound, request));
        Assert.True(AllowsOrigin(Services with { LoopbackOnly = false }, request));
    }

    [Fact]
    public void What_only_a_proxys_client_can_send_is_not_a_pages()
    {
        Assert.True(AllowsOrigin(Outbound, new PageRequest("POST", "shop", "https://www.example.com", "", false)));
        Assert.True(AllowsOrigin(Outbound, new PageRequest("POST", "127.0.0.1:9000", "https://www.example.com", "", NamesTarget: true)));
        Assert.False(AllowsOrigin(Outbound, new PageRequest("POST", "127.0.0.1:7490", "https://www.example.com", "", false)));
    }

    [Theory]
    [InlineData("POST", "cross-site", false)]
    [InlineData("DELETE", "same-site", false)]
    [InlineData("POST", "same-origin", true)]
    [InlineData("POST", "none", true)]
    [InlineData("POST", "", true)]
    [InlineData("GET", "cross-site", true)]
    public void A_page_that_hides_its_origin_writes_nothing(string method, string site, bool allowed) =>
        Assert.Equal(allowed, AllowsOrigin(Interface, new PageRequest(method, "127.0.0.1:7400", null, site, false)));

    [Theory]
    [InlineData("Mesh:AllowedHosts", "http://registry.example.com")]
    [InlineData("Mesh:AllowedHosts", "registry.example.com:7400")]
    [InlineData("Mesh:AllowedHosts", "a b")]
    [InlineData("Mesh:AllowedOrigins", "console.example.com")]
    [InlineData("Mesh:AllowedOrigins", "https://console.example.com/")]
    public void A_setting_that_can_match_nothing_is_refused(string name, string value)
    {
        var refused = Assert.Throws<SettingException>(() => GuardSettings.From(With(name, value)));
        Assert.Contains(name.Replace(":", "__"), refused.Message);
        Assert.Contains(value, refused.Message);
    }

    private static bool AllowsHost(GuardedListener listener, string host, string hosts = "") =>
        new WebPageRules(GuardSettings.From(With("Mesh:AllowedHosts", hosts))).AllowsHost(listener,
            new PageRequest("GET", host, null, "", false));

    private static bool AllowsOrigin(GuardedListener listener, PageRequest request, string origins = "") =>
        new WebPageRules(GuardSettings.From(With("Mesh:AllowedOrigins", origins))).AllowsOrigin(listener, request);

    private static IConfiguration With(string name, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build();
}
