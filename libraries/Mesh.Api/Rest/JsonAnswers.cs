using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>Writes answers as JSON.</summary>
public static class JsonAnswers
{
    /// <summary>A small answer, in one piece with its length.</summary>
    public static Task WriteJsonAsync<T>(this HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        Check(context, type);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    /// <summary>An answer of any size, in pieces.</summary>
    public static Task WriteLargeJsonAsync<T>(this HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        Check(context, type);
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, answer, type, context.RequestAborted);
    }

    private static void Check(HttpContext context, JsonTypeInfo type)
    {
        if (Operation.Find(context) is { } operation && operation.Answer != type.Type)
            throw new InvalidOperationException($"{operation} answers {type.Type.Name} and declares {operation.Answer.Name}.");
    }
}
