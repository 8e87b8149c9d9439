namespace Mesh.Cli.Http;

/// <summary>What every write carries besides its body.</summary>
/// <param name="IdempotencyKey">The same over all attempts, so that the write is done once.</param>
/// <param name="IfMatch">ETag that must still hold; null writes without condition.</param>
internal sealed record WriteHeaders(string IdempotencyKey, string? IfMatch = null)
{
    public HttpRequestMessage On(HttpRequestMessage request)
    {
        request.Headers.Add("Idempotency-Key", IdempotencyKey);
        if (IfMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", IfMatch);
        return request;
    }
}
