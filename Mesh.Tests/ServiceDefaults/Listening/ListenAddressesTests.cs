using Mesh.Kernel.Settings;
using Mesh.ServiceDefaults.Listening;
using Microsoft.Extensions.Configuration;

namespace Mesh.Tests.ServiceDefaults.Listening;

public sealed class ListenAddressesTests
{
    [Fact]
    public void Without_a_word_it_is_the_default_port_on_loopback() => Assert.Equal(["127.0.0.1:7400"], Of());

    [Fact]
    public void URLs_win_over_ports() =>
        Assert.Equal(["127.0.0.1:1", "127.0.0.2:2"], Of(("urls", "http://127.0.0.1:1;http://127.0.0.2:2"), ("http_ports", "3")));

    [Fact]
    public void Ports_mean_every_interface_as_in_a_container() =>
        Assert.All(Of(("http_ports", "8080;8081")), address => Assert.Matches(@"^(\[::\]|0\.0\.0\.0):808[01]$", address));

    [Theory]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/path")]
    public void What_cannot_be_listened_on_is_refused_by_name(string url) =>
        Assert.Contains(url, Assert.Throws<SettingException>(() => Of(("urls", url))).Message);

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("http")]
    public void What_is_no_port_is_refused_by_name(string port) =>
        Assert.Contains($"'{port}'", Assert.Throws<SettingException>(() => Of(("http_ports", port))).Message);

    [Fact]
    public void A_further_listener_takes_a_port_or_a_URL()
    {
        Assert.Equal("127.0.0.1:7481", Assert.Single(Further("")).ToString());
        Assert.Equal("127.0.0.1:9", Assert.Single(Further("9")).ToString());
        Assert.Equal("127.0.0.3:9", Assert.Single(Further("http://127.0.0.3:9")).ToString());
    }

    private static IReadOnlyList<System.Net.IPEndPoint> Further(string value) =>
        ListenAddresses.OfVariable(With(("MESH_ADMIN_PORT", value)), "MESH_ADMIN_PORT", 7481);

    private static IConfiguration With(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();

    private static IEnumerable<string> Of(params (string Key, string Value)[] settings) =>
        ListenAddresses.Of(With(settings), 7400)
            .Select(address => address.ToString());
}
