using Mesh.Contracts.Text;
using Mesh.Kernel.Commands;

namespace Mesh.Tests.Kernel.Text;

public class PrintableTests
{
    [Theory]
    [InlineData("plain, äöü, 漢字 and 🙂", "plain, äöü, 漢字 and 🙂")]
    [InlineData("", "")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001B[31mred\u0000\u007F\u009B", "\\u001B[31mred\\u0000\\u007F\\u009B")]
    [InlineData("a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d")]
    [InlineData("a\u202Ecba\u2066\u200B\uFEFF", "a\\u202Ecba\\u2066\\u200B\\uFEFF")]
    public void Control_and_format_characters_are_escaped_and_all_else_stays(string text, string shown) =>
        Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void Half_of_a_pair_is_escaped()
    {
        Assert.Equal("a\\uD83Db\\uDE42", Printable.Of("a\uD83Db\uDE42"));
        Assert.Equal("\\uD83D", Printable.Of("\uD83D"));
        Assert.Equal("🙂", Printable.Of("🙂"));
    }

    [Fact]
    public void What_is_too_long_is_cut() => Assert.Equal("a\\nb…", Printable.Of("a\nbcd", 3));

    [Fact]
    public void A_problem_is_printable_whatever_it_is_made_of()
    {
        var problem = new Problem("a\nb", "code", "'\u001B' is nothing");
        Assert.Equal(("a\\nb", "'\\u001B' is nothing"), (problem.Field, problem.Message));
    }
}
