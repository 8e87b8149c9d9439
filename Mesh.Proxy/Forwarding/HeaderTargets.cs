using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>The headers of the request that goes to the endpoint.</summary>
internal readonly struct OutgoingHeaders(HttpRequestMessage request) : IHeaderTarget
{
    public bool Has(string name) =>
        request.Headers.NonValidated.Contains(name) || request.Content?.Headers.NonValidated.Contains(name) == true;

    public void Add(string name, string value)
    {
        // An empty part of a list is none (RFC 9110 §5.6.1), and joined at its end a blank that HTTP/2 forbids.
        if (value.Length == 0 && Has(name))
            return;
        // Those that speak of the body stand elsewhere.
        if (!request.Headers.TryAddWithoutValidation(name, value))
            request.Content?.Headers.TryAddWithoutValidation(name, value);
    }

    public void Remove(string name)
    {
        // To be asked in the wrong place for one that speaks of the body is an error to these collections.
        if (request.Headers.NonValidated.Contains(name))
            request.Headers.Remove(name);
        else if (request.Content?.Headers.NonValidated.Contains(name) == true)
            request.Content.Headers.Remove(name);
    }
}

/// <summary>The headers of the answer that goes to the client.</summary>
internal readonly struct AnswerHeaders(IHeaderDictionary headers) : IHeaderTarget
{
    public bool Has(string name) => headers.ContainsKey(name);

    public void Add(string name, string value) => headers.Append(name, value);

    public void Remove(string name) => headers.Remove(name);
}
