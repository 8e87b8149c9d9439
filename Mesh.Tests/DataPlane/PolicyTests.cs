using Mesh.DataPlane.Routing;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.DataPlane;

public class PolicyTests
{
    [Fact]
    public void Headers_are_changed_in_order_and_what_is_there_counts()
    {
        var changes = new HeaderMutations(
        [
            new("x-gone", null, HeaderAction.Append), new("x-a", "2", HeaderAction.Append), new("x-a", "no", HeaderAction.AddIfAbsent),
            new("x-b", "new", HeaderAction.Set), new("x-c", "no", HeaderAction.Replace), new("x-d", "yes", HeaderAction.AddIfAbsent),
            new("x-b", "last", HeaderAction.Replace),
        ]);
        var headers = new Dictionary<string, List<string>> { ["x-gone"] = ["1"], ["x-a"] = ["1"], ["x-b"] = ["old", "older"] };
        changes.Apply(new Target(headers));
        Assert.Equal(["x-a: 1, 2", "x-b: last", "x-d: yes"],
            headers.OrderBy(h => h.Key).Select(h => $"{h.Key}: {string.Join(", ", h.Value)}"));
    }

    [Fact]
    public void A_requests_hash_is_that_of_what_it_is_made_of_and_of_nothing_else()
    {
        HashPolicy header = new(HashSource.Header, "x-user", false), query = new(HashSource.Query, "u", false),
            source = new(HashSource.SourceAddress, "", false);
        Assert.Equal(Hash([header], user: "a"), Hash([header], user: "a", address: "10.0.0.1"));
        Assert.NotEqual(Hash([header], user: "a"), Hash([header], user: "b"));
        Assert.Null(Hash([header]));
        Assert.Equal(Hash([header], user: "a"), Hash([query], query: "x=1&u=a"));
        Assert.NotEqual(Hash([source], address: "10.0.0.1"), Hash([source], address: "10.0.0.2"));
        Assert.NotEqual(Hash([header, query], user: "a", query: "u=b"), Hash([header, query], user: "b", query: "u=a"));
        Assert.Equal(Hash([header], user: "a"), Hash([header with { Terminal = true }, query], user: "a", query: "u=b"));
        Assert.Equal(Hash([query], query: "u=b"), Hash([header with { Terminal = true }, query], query: "u=b"));
    }

    [Fact]
    public void A_client_without_the_cookie_is_given_one_that_leads_to_where_it_has_been()
    {
        var policy = new HashPolicy(HashSource.Cookie, "mesh", false) { CookieLife = TimeSpan.FromMinutes(1), CookiePath = "/shop" };
        var hash = Hash([policy], out var given, cookie: "other=1; meshy=2");
        Assert.Matches("^mesh=[0-9a-f]{16}; Max-Age=60; Path=/shop; HttpOnly$", given);
        Assert.Equal(hash, Hash([policy], out var again, cookie: $"a=b; {given!.Split(';')[0]}"));
        Assert.Null(again);
        Assert.Null(Hash([policy with { CookieLife = null }]));
        Hash([policy with { CookieLife = TimeSpan.Zero, CookiePath = "" }], out var session);
        Assert.Matches("^mesh=[0-9a-f]{16}; HttpOnly$", session);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(10_000, 0.008, 0.012)]
    [InlineData(500_000, 0.49, 0.51)]
    [InlineData(1_000_000, 1, 1)]
    public void A_share_of_requests_is_hit(int share, double from, double to)
    {
        var random = TestSeed.Draws(TestCluster.Seed);
        Assert.InRange(Enumerable.Range(0, 50_000).Count(_ => FaultPolicy.Draw(share, random)) / 50_000.0, from, to);
    }

    private static ulong? Hash(HashPolicy[] policies, string? user = null, string? cookie = null, string query = "",
        string? address = null) =>
        Hash(policies, out _, user, cookie, query, address);

    private static ulong? Hash(HashPolicy[] policies, out string? setCookie, string? user = null, string? cookie = null, string query = "",
        string? address = null) =>
        HashPolicy.Of(policies, new RequestFacts("GET", "/", query, new Headers(user, cookie)), address, TestSeed.Draws(TestCluster.Seed),
            out setCookie);

    private sealed class Headers(string? user, string? cookie) : IRequestHeaders
    {
        public string? Get(string name) => name switch { "x-user" => user, "cookie" => cookie, _ => null };
    }

    private readonly struct Target(Dictionary<string, List<string>> headers) : IHeaderTarget
    {
        public bool Has(string name) => headers.ContainsKey(name);

        public void Add(string name, string value)
        {
            if (!headers.TryAdd(name, [value]))
                headers[name].Add(value);
        }

        public void Remove(string name) => headers.Remove(name);
    }
}
