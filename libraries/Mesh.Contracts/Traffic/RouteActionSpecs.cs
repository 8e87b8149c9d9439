namespace Mesh.Contracts.Traffic;

/// <summary>When and how a request is sent again.</summary>
public sealed record RetrySpec
{
    /// <summary>How often at most after the first try, 1 to 10.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>For each try; unset: only the route's timeout.</summary>
    public string? PerTryTimeout { get; init; }

    /// <summary>
    /// On what: <c>5xx</c>, <c>gateway-error</c>, <c>connect-failure</c>, <c>refused-stream</c>, <c>reset</c>, <c>reset-before-request</c>,
    /// <c>retriable-4xx</c>, a status such as <c>429</c>, or for gRPC <c>cancelled</c>, <c>deadline-exceeded</c>, <c>internal</c>,
    /// <c>resource-exhausted</c>, <c>unavailable</c>. Unset: what shows that the request was not worked on: connect-failure,
    /// refused-stream, unavailable.
    /// </summary>
    public IReadOnlyList<string>? On { get; init; }

    /// <summary>Pauses between tries; 25ms to 250ms if unset.</summary>
    public BackoffSpec? Backoff { get; init; }
}

/// <summary>Pauses between tries: drawn at random from 0 to a bound that doubles from <see cref="Base"/> to <see cref="Max"/>.</summary>
public sealed record BackoffSpec
{
    /// <summary>The first bound; 25ms if unset.</summary>
    public string? Base { get; init; }

    /// <summary>The last bound; ten times the first if unset.</summary>
    public string? Max { get; init; }
}

/// <summary>What the destination sees; at most one of prefix and path.</summary>
public sealed record RewriteSpec
{
    /// <summary>Instead of the prefix that every match of the route then needs.</summary>
    public string? Prefix { get; init; }

    /// <summary>Instead of the whole path; may name segments of the matched template, as in <c>/items/{id}</c>.</summary>
    public string? Path { get; init; }

    /// <summary>Instead of the host.</summary>
    public string? Host { get; init; }
}

/// <summary>Changes of headers on the way to the destination and back.</summary>
public sealed record HeadersSpec
{
    /// <summary>Of requests.</summary>
    public HeaderChangesSpec? Request { get; init; }

    /// <summary>Of responses.</summary>
    public HeaderChangesSpec? Response { get; init; }
}

/// <summary>Changes of headers, by name.</summary>
public sealed record HeaderChangesSpec
{
    /// <summary>Becomes the only value.</summary>
    public IReadOnlyDictionary<string, string>? Set { get; init; }

    /// <summary>Is added to what is there.</summary>
    public IReadOnlyDictionary<string, string>? Add { get; init; }

    /// <summary>Is taken out.</summary>
    public IReadOnlyList<string>? Remove { get; init; }
}

/// <summary>Sends the client elsewhere; what is unset stays as it was asked for. At most one of path and prefix.</summary>
public sealed record RedirectSpec
{
    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string? Scheme { get; init; }

    /// <summary>Another host.</summary>
    public string? Host { get; init; }

    /// <summary>Another port.</summary>
    public int? Port { get; init; }

    /// <summary>Another path.</summary>
    public string? Path { get; init; }

    /// <summary>Instead of the prefix that every match of the route then needs.</summary>
    public string? Prefix { get; init; }

    /// <summary>301, 302, 303, 307 or 308; 302 if unset.</summary>
    public int Status { get; init; } = 302;

    /// <summary>Whether the query is left out.</summary>
    public bool? StripQuery { get; init; }
}

/// <summary>An answer given at once.</summary>
public sealed record DirectResponseSpec
{
    /// <summary>200 to 599.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Text, up to 4,096 bytes.</summary>
    public string? Body { get; init; }
}

/// <summary>Faults made on purpose, to see how callers take them.</summary>
public sealed record FaultSpec
{
    /// <summary>Requests wait.</summary>
    public DelaySpec? Delay { get; init; }

    /// <summary>Requests fail.</summary>
    public AbortSpec? Abort { get; init; }
}

/// <summary>Requests wait before they go on.</summary>
public sealed record DelaySpec
{
    /// <summary>How long.</summary>
    public required string Fixed { get; init; }

    /// <summary>How many of the requests, with up to four decimals; 100 if unset.</summary>
    public double Percent { get; init; } = 100;
}

/// <summary>
/// Requests fail without reaching a destination. At least one status is set; where both are, gRPC services get the gRPC status.
/// </summary>
public sealed record AbortSpec
{
    /// <summary>200 to 599.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>A name such as <c>UNAVAILABLE</c>.</summary>
    public string? GrpcStatus { get; init; }

    /// <summary>How many of the requests, with up to four decimals; 100 if unset.</summary>
    public double Percent { get; init; } = 100;
}

/// <summary>What requests of one client have in common; exactly one is set.</summary>
public sealed record HashSpec
{
    /// <summary>A header's value.</summary>
    public string? Header { get; init; }

    /// <summary>A cookie's value.</summary>
    public CookieSpec? Cookie { get; init; }

    /// <summary>True: the client's address.</summary>
    public bool? SourceIp { get; init; }
}

/// <summary>A cookie that makes requests stick.</summary>
public sealed record CookieSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How long it lasts where the mesh makes one (<c>0s</c>: as long as the browser runs); unset: the mesh makes none.</summary>
    public string? Ttl { get; init; }

    /// <summary>Its path; <c>/</c> if unset.</summary>
    public string? Path { get; init; }
}
