using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Api.Rest;

/// <summary>A request's JSON body, read whole under a limit. Its buffer is pooled: dispose it after use.</summary>
public sealed class JsonBody : IDisposable
{
    /// <summary>Bytes in a body; a larger one is answered with 413.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>What a body can be refused with: it is not valid, too large, or of another type.</summary>
    internal static IReadOnlyList<int> Refusals { get; } =
        [StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType];

    private readonly byte[] _buffer;
    private readonly int _length;
    private readonly JsonDocument _document;

    private JsonBody(byte[] buffer, int length, JsonDocument document) => (_buffer, _length, _document) = (buffer, length, document);

    /// <summary>The root value.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>SHA-256 over method, path, query and body: what an Idempotency-Key is bound to.</summary>
    public byte[] HashWith(HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        hash.AppendData(_buffer, 0, _length);
        return hash.GetHashAndReset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <summary>Reads the body; where that fails, the request has been answered (400, 413 or 415) and null is given.</summary>
    public static async ValueTask<JsonBody?> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (Operation.Find(context) is { Body: null } operation)
            throw new InvalidOperationException($"{operation} reads a body and does not declare it.");
        // A web page cannot send this type to another origin without asking first, so it cannot make a visitor's browser write to the mesh.
        if (!request.HasJsonContentType())
        {
            await context.WriteProblemAsync(415, "The body must be JSON",
                new Problem("Content-Type", "not-json",
                    $"Send the body as application/json, not '{request.ContentType}' (curl: -H 'content-type: "
                        + "application/json').")).ConfigureAwait(false);
            return null;
        }

        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            await context.WriteProblemAsync(415, "The body must not be compressed",
                new Problem("Content-Encoding", "compressed",
                    $"Send the body as it is, without Content-Encoding '{encoding}'.")).ConfigureAwait(false);
            return null;
        }

        // The limit is kept here, with an answer that says so; the server's own would only cut the connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = 4 * MaxBytes;
        if (request.ContentLength > MaxBytes) return await TooLargeAsync(context).ConfigureAwait(false);

        var buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 4096) + 1);
        var kept = false;
        try
        {
            var length = 0;
            int read;
            while ((read = await request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted).ConfigureAwait(false)) > 0)
            {
                length += read;
                if (length > MaxBytes) return await TooLargeAsync(context).ConfigureAwait(false);
                if (length < buffer.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                buffer.AsSpan().CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            if (!Utf8.IsValid(buffer.AsSpan(0, length)))
                return await NotJsonAsync(context, "The body is not valid UTF-8.").ConfigureAwait(false);
            var body = new JsonBody(buffer, length, JsonDocument.Parse(buffer.AsMemory(0, length)));
            kept = true;
            return body;
        }
        catch (JsonException wrong)
        {
            return await NotJsonAsync(context,
                $"The body is not valid JSON, line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}.").ConfigureAwait(false);
        }
        catch (BadHttpRequestException wrong) when (wrong.StatusCode == 413)
        {
            return await TooLargeAsync(context).ConfigureAwait(false);
        }
        finally
        {
            if (!kept) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<JsonBody?> TooLargeAsync(HttpContext context)
    {
        // What is left of the body is not read: the connection cannot be used further.
        context.Response.Headers.Connection = HttpProtocol.IsHttp11(context.Request.Protocol) ? "close" : default;
        await context.WriteProblemAsync(
            Refusal.Of(RefusalKind.TooLarge, "", "body-too-large", $"The body is over {MaxBytes} bytes.")).ConfigureAwait(false);
        return null;
    }

    private static async ValueTask<JsonBody?> NotJsonAsync(HttpContext context, string message)
    {
        await context.WriteProblemAsync(Refusal.Of(RefusalKind.Invalid, "", "not-json", message)).ConfigureAwait(false);
        return null;
    }
}
