using CsCheck;
using Mesh.DataPlane.Routing;

namespace Mesh.Tests.DataPlane;

/// <summary>The index finds what asking each route in turn finds.</summary>
public class RouteIndexTests
{
    private static readonly string[] Paths = ["", "/", "/a", "/A", "/a/", "/a/b", "/a/B", "/ab", "/a/b/c", "/c", "/c/d?", "/é"];
    private static readonly string?[] Values = [null, "", "1", "2", "x"];

    // Few texts, so that tables have many routes for the same paths and headers; positions tell which was found.
    private static readonly Gen<PathMatch> Path = Gen.Select(Gen.Int[0, 3], Gen.OneOf(Paths), Gen.Bool,
        (kind, text, ignoreCase) => (PathMatch)(kind switch
    {
        0 => new PathMatch.Prefix(text, ignoreCase),
        1 => new PathMatch.Below(text, ignoreCase),
        2 => new PathMatch.Exact(text, ignoreCase),
        _ => new PathMatch.Pattern(text.Replace("?", "[a-z]", StringComparison.Ordinal) + ".?"),
    }));

    private static readonly Gen<HeaderMatch> Header = Gen.Select(
        Gen.OneOf("x-user", "x-user", "x-user", "x-tier", ":method", ":path", ":authority"), Gen.Enum<ValueMatchKind>(),
        Gen.OneOf("", "1", "2", "x", "GET", "/a"), Gen.Int[0, 9], Gen.Int[0, 9], (name, kind, text, form, flags) => new HeaderMatch(
            name, form == 0 ? null : new ValueMatch(form < 7 ? ValueMatchKind.Exact : kind, text, flags == 1),
            form == 0 && flags > 5 ? (1, 2) : null, flags != 2, flags == 3, flags == 4));

    private static readonly Gen<QueryMatch> Query = Gen.Select(Gen.OneOf("q", "r"), Gen.OneOf("1", "2"), (name, text) =>
        new QueryMatch(name, new ValueMatch(ValueMatchKind.Exact, text, false), true));

    private static readonly Gen<RouteSnapshot> Route = Gen.Select(Path, Header.Array[0, 2], Query.Array[0, 1], Gen.Int[0, 9],
        (path, headers, query, grpc) =>
        new RouteSnapshot("", path, new RouteAction.Respond(200, "")) { Headers = headers, Query = query, GrpcOnly = grpc == 0 });

    private static readonly Gen<Request> Requests = Gen.Select(
        Gen.OneOf("GET", "POST"), Gen.OneOf(Paths), Gen.OneOf("", "q=1", "q=2&r=1"), Gen.OneOf(Values), Gen.OneOf(Values),
        Gen.OneOf((string?)null, "application/grpc"),
        (method, path, query, user, tier, type) => new Request(method, path, query, user, tier, type));

    [Fact]
    public void Any_table_gives_any_request_the_route_that_a_look_through_all_of_them_gives() =>
        Gen.Select(Route.Array[0, 80], Requests.Array[20]).Sample((routes, requests) =>
    {
        var index = new RouteIndex(routes);
        foreach (var request in requests)
        {
            var facts = request.Facts;
            RouteSnapshot? expected = null;
            for (var i = 0; i < routes.Length && expected is null; i++)
                expected = routes[i].Takes(facts) ? routes[i] : null;
            Assert.Same(expected, index.Find(facts));
        }
    }, iter: 3_000);

    [Fact]
    public void A_route_of_a_thousand_is_found_without_allocating_anything()
    {
        RouteSnapshot[] routes =
        [
            .. Enumerable.Range(0, 400)
                .Select(i => new RouteSnapshot("", new PathMatch.Exact($"/exact/{i:000}", false), new RouteAction.Respond(200, ""))),
            .. Enumerable.Range(0, 400)
                .Select(i => new RouteSnapshot("", new PathMatch.Below($"/below/{i:000}", false), new RouteAction.Respond(200, ""))),
            .. Enumerable.Range(0, 200)
                .Select(i => new RouteSnapshot("", new PathMatch.Prefix("/", false), new RouteAction.Respond(200, ""))
            {
                Headers = [new HeaderMatch("x-user", new ValueMatch(ValueMatchKind.Exact, $"{i}", false), null, true, false, false)],
            }),
        ];
        var host = new VirtualHost("all", ["*"], routes);
        foreach (var (request, expected) in ((Request, int)[])[(new("GET", "/below/399/x", "", null, null, null), 799),
            (new("GET", "/none", "", "199", null, null), 999)])
        {
            Assert.Same(routes[expected], host.Route(request.Facts));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var found = host.Route(request.Facts);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            Assert.Same(routes[expected], found);
        }
    }

    private sealed record Request(string Method, string Path, string Query, string? User, string? Tier, string? Type) : IRequestHeaders
    {
        public RequestFacts Facts => new(Method, Path, Query, this);

        public string? Get(string name) =>
            name switch { "x-user" => User, "x-tier" => Tier, "content-type" => Type, ":authority" => "host", _ => null };
    }
}
