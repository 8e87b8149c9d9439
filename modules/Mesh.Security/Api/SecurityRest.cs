using System.Text.Json.Serialization.Metadata;
using Mesh.Api.Rest;
using Mesh.Kernel.Values;
using Mesh.Security.Operations;
using Microsoft.AspNetCore.Http;

namespace Mesh.Security.Api;

/// <summary>Operations as request handlers: the request is read strictly, and answered or refused.</summary>
internal static class SecurityRest
{
    /// <summary>A read, or a write that needs no body.</summary>
    public static RequestDelegate Query<T>(
        Func<HttpContext, RequestParameters, Faults, Task<Answered<T>>> operation, JsonTypeInfo<T> type) where T : class => async context =>
    {
        var faults = new Faults();
        await context.AnswerAsync(operation(context, RequestParameters.Of(context, faults), faults), type).ConfigureAwait(false);
    };

    /// <summary>A write with a body.</summary>
    public static RequestDelegate Body<T>(
        Func<HttpContext, JsonFields, CommandCaller, Faults, Task<Answered<T>>> operation, JsonTypeInfo<T> type) where T : class =>
        async context =>
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var caller = CommandCaller.Of(context, body, faults);
        if (JsonFields.Of(body.Root, "", faults) is { } fields)
            await context.AnswerAsync(operation(context, fields, caller, faults), type).ConfigureAwait(false);
        else await context.WriteProblemAsync(faults.ToRefusal()!).ConfigureAwait(false);
    };

    private static async Task AnswerAsync<T>(this HttpContext context, Task<Answered<T>> operation, JsonTypeInfo<T> type) where T : class
    {
        var (value, refusal) = await operation.ConfigureAwait(false);
        if (refusal is not null)
        {
            await context.WriteProblemAsync(refusal).ConfigureAwait(false);
            return;
        }

        // Some answers hold a token: nobody on the way is to keep one.
        context.Response.Headers.CacheControl = "no-store";
        await context.WriteJsonAsync(value!, type).ConfigureAwait(false);
    }
}
