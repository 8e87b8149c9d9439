namespace Mesh.DataPlane.Routing;

/// <summary>What routing may look at. Spans, so that nothing is copied on a request's way.</summary>
/// <param name="method">The method, as sent.</param>
/// <param name="path">The path as sent, never decoded, beginning with a slash, without the query.</param>
/// <param name="query">The query as sent, without its question mark.</param>
/// <param name="headers">The headers.</param>
public readonly ref struct RequestFacts(string method, ReadOnlySpan<char> path, ReadOnlySpan<char> query, IRequestHeaders headers)
{
    /// <summary>The method, as sent.</summary>
    public string Method { get; } = method;

    /// <summary>The path as sent, without the query.</summary>
    public ReadOnlySpan<char> Path { get; } = path;

    /// <summary>The query as sent, without its question mark.</summary>
    public ReadOnlySpan<char> Query { get; } = query;

    /// <summary>The headers.</summary>
    public IRequestHeaders Headers { get; } = headers;
}
