using System.Text.Json;
using Mesh.Tests.Traffic.Support;

namespace Mesh.Tests.Traffic;

public class RegexDialectTests
{
    private static string RouteWith(string pattern) =>
        $$"""{"service":"s","destinations":[{"service":"x"}],"match":[{"path":{"regex": {{JsonSerializer.Serialize(pattern)}} } }]}""";

    [Theory]
    [InlineData("(", "not a valid regular expression: Invalid pattern '('")]
    [InlineData("a)|(?:b", "not a valid regular expression: Invalid pattern 'a)|(?:b'")]
    [InlineData(@"(a)\1", "linear time")]
    [InlineData("a(?=b)", "linear time")]
    [InlineData("(?>a)", "linear time")]
    [InlineData("(a{300}){300}", "linear time")]
    [InlineData("a{1001}", "1000 times")]
    [InlineData("(a{40}b){26}", "1000 times")]
    [InlineData("((a{40})*c|d){26,}", "1000 times")]
    [InlineData("/a{02}", "leading zeros")]
    [InlineData("/a{1,05}", "leading zeros")]
    [InlineData("/a{0000002}", "leading zeros")]
    [InlineData(@"[\p{L}\p{N}]{1,300}", "too large")]
    [InlineData(@"(\p{L}{10}x){6}", "too large")]
    [InlineData("(?x)a b", "of groups")]
    [InlineData("(?n)a", "of groups")]
    [InlineData("(?<n>a)", "of groups")]
    [InlineData("(?'n'a)", "of groups")]
    [InlineData("(?#c)a", "of groups")]
    [InlineData(@"\u0041", @"'\u'")]
    [InlineData(@"a\Z", @"'\Z'")]
    [InlineData(@"\cA", @"'\c'")]
    [InlineData(@"[\b]", @"'\b'")]
    [InlineData(@"\p{IsGreek}", @"'\p{IsGreek}'")]
    [InlineData("[a-z-[aeiou]]", "'-['")]
    [InlineData("[[:alpha:]]", "'[:'")]
    public void What_data_planes_would_not_agree_on_is_refused_with_the_reason(string pattern, string reason)
    {
        var fault = Assert.Single(TrafficLog.FaultsOf(RouteWith(pattern)));
        Assert.Equal(("match[0].path.regex", "bad-regex"), (fault.Field, fault.Code));
        Assert.Contains(reason, fault.Message);
    }

    [Theory]
    [InlineData(@"/a/\d+(/[^/]+)*\.html")]
    [InlineData("(?i)/a|/b")]
    [InlineData("(?i:a)(?-s:.)(?is-m)b")]
    [InlineData(@"[]a-z\]-]{2,5}?")]
    [InlineData(@"[^\]\[x-]\x2f\p{Lu}\P{Nd}\bz")]
    [InlineData("a{b,},{3")]
    [InlineData("/[a-z0-9]{1,255}/[^/]{1,255}")]
    [InlineData(@"(\p{L}{2}x){6}\d{1000}")]
    [InlineData("(a{40}b{1,25}){25}")]
    [InlineData("(?:(x)|y)+[(]{0}$")]
    public void What_they_agree_on_is_taken(string pattern) => Assert.Empty(TrafficLog.FaultsOf(RouteWith(pattern)));
}
