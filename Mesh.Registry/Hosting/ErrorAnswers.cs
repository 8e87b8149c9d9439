using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Registry.Hosting;

/// <summary>Errors that no endpoint answered itself, as problem details too.</summary>
internal static class ErrorAnswers
{
    /// <summary>An exception: its text stays in the log, found by the trace id of the answer.</summary>
    public static Task OnExceptionAsync(HttpContext context)
    {
        if (context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad)
            return context.WriteProblemAsync(bad.StatusCode, ReasonPhrases.GetReasonPhrase(bad.StatusCode),
                new Problem("", "bad-request", bad.Message));
        return context.WriteProblemAsync(500, "The Registry failed",
            new Problem("", "internal", "This is a defect of the Registry; its log tells more under this trace id."));
    }

    /// <summary>A status without a body, such as 404 for a path that nothing is mapped to.</summary>
    public static Task OnEmptyErrorAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        var code = context.Response.StatusCode;
        var problem = code switch
        {
            404 => new Problem("", "unknown-path", $"There is nothing at {context.Request.Path}. See /swagger for the API."),
            405 => new Problem("", "method-not-allowed",
                $"{context.Request.Path} does not allow {context.Request.Method}; it allows {context.Response.Headers.Allow}."),
            415 => new Problem("Content-Type", "not-json",
                $"Send the body as application/json, not '{context.Request.ContentType}' (curl: -H 'content-type: application/json')."),
            _ => new Problem("", "http-" + code.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ReasonPhrases.GetReasonPhrase(code)),
        };
        return context.WriteProblemAsync(code, ReasonPhrases.GetReasonPhrase(code), problem);
    }
}
