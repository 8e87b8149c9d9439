using Mesh.DataPlane.Requests;

namespace Mesh.Tests.DataPlane.Requests;

public class HeadSyntaxTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/a?b=c&d=[e]|{f}\"<g>^`\\")]
    [InlineData("/%C3%A9/%00/%zz/~!$&'()*+,;=:@")]
    public void A_path_of_printable_ascii_may_be_sent(string path) => Assert.Null(HeadSyntax.FaultOfPath(path));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("?a")]
    [InlineData("http://host/")]
    [InlineData("/a b")]
    [InlineData("/a\tb")]
    [InlineData("/a#b")]
    [InlineData("/a\r\nX: y")]
    [InlineData("/a\0")]
    [InlineData("/a\x7F")]
    [InlineData("/\u00E9")]
    [InlineData("/\u20AC")]
    [InlineData("/a?\u00E9")]
    [InlineData("/\uD83D\uDE00")]
    public void No_other_path_may(string path) => Assert.NotNull(HeadSyntax.FaultOfPath(path));

    [Fact]
    public void Of_all_characters_only_the_printable_ones_of_ascii_but_the_fragments_sign_may_stand_in_a_target()
    {
        for (var c = 0; c <= 0xFFFF; c++)
            Assert.Equal(c is > ' ' and <= '~' and not '#', HeadSyntax.FaultOfTarget($"/{(char)c}") is null);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PROPFIND")]
    [InlineData("propfind")]
    [InlineData("M-SEARCH")]
    [InlineData("!#$%&'*+-.^_`|~")]
    public void A_method_is_a_token(string method) => Assert.Null(HeadSyntax.FaultOfMethod(method));

    [Theory]
    [InlineData("")]
    [InlineData("GE T")]
    [InlineData("GET\n")]
    [InlineData("G\u00C9T")]
    [InlineData("G(T")]
    [InlineData("delete")]
    [InlineData("Delete")]
    [InlineData("head")]
    [InlineData("options")]
    [InlineData("connect")]
    [InlineData("query")]
    public void A_known_method_in_another_spelling_is_none(string method) => Assert.NotNull(HeadSyntax.FaultOfMethod(method));

    [Theory]
    [InlineData("shop")]
    [InlineData("shop.example:8080")]
    [InlineData("SHOP.mesh.")]
    [InlineData("my_host:")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:65535")]
    public void An_authority_is_a_name_or_an_address_with_a_port_or_without(string authority) =>
        Assert.Null(HeadSyntax.FaultOfAuthority(authority));

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a,b")]
    [InlineData("user@a")]
    [InlineData("a:b")]
    [InlineData("a:80:80")]
    [InlineData("a:65536")]
    [InlineData("a:-1")]
    [InlineData("a:+1")]
    [InlineData("[::1")]
    [InlineData("[]")]
    [InlineData("[::1]a")]
    [InlineData("[a b]")]
    [InlineData("::1")]
    [InlineData("a\r\nX: y")]
    [InlineData("\u00E9")]
    public void Anything_else_is_no_authority(string authority) => Assert.NotNull(HeadSyntax.FaultOfAuthority(authority));

    [Fact]
    public void Of_all_characters_a_value_may_hold_tabs_and_what_is_visible_or_of_one_byte()
    {
        for (var c = 0; c <= 0xFFFF; c++)
            Assert.Equal(c is '\t' or (>= ' ' and <= '~') or (>= 0x80 and <= 0xFF), HeadSyntax.FaultOfValue("x", $"a{(char)c}b") is null);
        foreach (var value in (string[])["", "a", "a b"])
            Assert.Null(HeadSyntax.FaultOfValue("x", value));
        foreach (var value in (string[])[" ", " a", "a\t"])
            Assert.NotNull(HeadSyntax.FaultOfValue("x", value));
    }

    [Fact]
    public void What_is_said_of_a_fault_holds_nothing_that_could_end_a_line()
    {
        string?[] said =
        [
            HeadSyntax.FaultOfMethod("A\r\nB"), HeadSyntax.FaultOfPath("\r\n"), HeadSyntax.FaultOfTarget("/\r\n"),
            HeadSyntax.FaultOfAuthority("\r\n\u20AC"),
            HeadSyntax.FaultOfName("a\r\n\u00E9"), HeadSyntax.FaultOfValue("x", "\r\n"), HeadSyntax.FaultOfMethod(new string('(', 5000)),
        ];
        Assert.All(said, text =>
        {
            Assert.DoesNotContain(text!, char.IsControl);
            Assert.InRange(text!.Length, 1, 200);
        });
        Assert.Contains("0xE9 as character 2", HeadSyntax.FaultOfTarget("/\u00E9"));
    }
}
