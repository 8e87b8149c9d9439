namespace Mesh.Contracts.Traffic;

/// <summary>One alternative of a route's match: all of its parts must hold.</summary>
public sealed record RouteMatchSpec
{
    /// <summary>The path.</summary>
    public PathMatchSpec? Path { get; init; }

    /// <summary>Any of these methods, upper case.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Each must hold.</summary>
    public IReadOnlyList<ValueMatchSpec>? Headers { get; init; }

    /// <summary>Each must hold, of the query string.</summary>
    public IReadOnlyList<ValueMatchSpec>? Query { get; init; }

    /// <summary>A gRPC call; instead of <see cref="Path"/>.</summary>
    public GrpcMatchSpec? Grpc { get; init; }

    /// <summary>Who calls.</summary>
    public SourceMatchSpec? Source { get; init; }
}

/// <summary>A test of the path as sent; exactly one is set.</summary>
public sealed record PathMatchSpec
{
    /// <summary>This path.</summary>
    public string? Exact { get; init; }

    /// <summary>This path and all below it: <c>/cart</c> takes <c>/cart</c> and <c>/cart/1</c>, not <c>/carts</c>.</summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// Segments, of which <c>{name}</c> stands for any one, and <c>**</c> at the end for any rest: <c>/carts/{id}/items/**</c>.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>A regular expression for the whole path, in linear time: no backreferences, no look-around.</summary>
    public string? Regex { get; init; }
}

/// <summary>A test of one header or query parameter; one of exact, prefix, suffix, regex and present is set.</summary>
public sealed record ValueMatchSpec
{
    /// <summary>Name of the header (lower case in normal form) or parameter.</summary>
    public required string Name { get; init; }

    /// <summary>The value.</summary>
    public string? Exact { get; init; }

    /// <summary>Its beginning.</summary>
    public string? Prefix { get; init; }

    /// <summary>Its end.</summary>
    public string? Suffix { get; init; }

    /// <summary>A regular expression for the whole value.</summary>
    public string? Regex { get; init; }

    /// <summary>Whether it must be there.</summary>
    public bool? Present { get; init; }

    /// <summary>The test must fail instead; headers only.</summary>
    public bool? Invert { get; init; }
}

/// <summary>A gRPC call.</summary>
public sealed record GrpcMatchSpec
{
    /// <summary>Full name of the service, such as <c>pkg.Cart</c>; any if unset.</summary>
    public string? Service { get; init; }

    /// <summary>Name of the method, such as <c>Get</c>; any if unset.</summary>
    public string? Method { get; init; }
}

/// <summary>Who calls.</summary>
public sealed record SourceMatchSpec
{
    /// <summary>The calling service.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace; that of the route if unset.</summary>
    public string? Namespace { get; init; }
}
