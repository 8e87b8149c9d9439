using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>Refusals as problem details (RFC 9457): the body of REST errors, and the trailer <c>problem-bin</c> of gRPC ones.</summary>
public static class Problems
{
    /// <summary>Trailer with the same JSON that REST would send.</summary>
    public const string Trailer = "problem-bin";

    private const int RetryAfterSeconds = 1;

    // Common clients take 8 KB of headers in all. The trailer grows by a third in base64, and the message repeats what it says.
    private const int MaxTrailerBytes = 3 * 1024, MaxMessageBytes = 2 * 1024, MostFaults = 64;

    /// <summary>The problem details of a refusal.</summary>
    public static ProblemAnswer ToProblem(this Refusal refusal) =>
        Of(refusal.Kind.ToHttpStatus(), refusal.Kind.ToTitle(), refusal.Problems);

    /// <summary>Answers with the refusal.</summary>
    public static Task WriteProblemAsync(this HttpContext context, Refusal refusal)
    {
        if (refusal.Kind is RefusalKind.Unavailable or RefusalKind.LimitReached)
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return context.WriteProblemAsync(refusal.ToProblem());
    }

    /// <summary>Answers with a problem that no command refused, such as 404 for a path or 415.</summary>
    public static Task WriteProblemAsync(this HttpContext context, int status, string title, params IReadOnlyList<Problem> faults) =>
        context.WriteProblemAsync(Of(status, title, faults));

    /// <summary>
    /// The refusal as a gRPC error. Faults that would not fit into trailers are counted instead of listed: larger ones do not reach the
    /// client, which would then only see that something is wrong with the connection.
    /// </summary>
    public static RpcException ToRpcException(this Refusal refusal)
    {
        for (var count = Math.Min(refusal.Problems.Count, MostFaults); ; count--)
        {
            var problem = (count == refusal.Problems.Count
                ? refusal
                : refusal with { Problems = FirstOf(refusal.Problems, count) }).ToProblem();
            var trailer = JsonSerializer.SerializeToUtf8Bytes(problem, RestJson.Default.ProblemAnswer);
            var message = problem.Detail ?? problem.Title ?? "";
            if (count > 0 && (trailer.Length > MaxTrailerBytes || Escaped(message) > MaxMessageBytes)) continue;
            return new RpcException(new Status(refusal.Kind.ToGrpcStatus(), message), new Metadata { { Trailer, trailer } });
        }
    }

    private static IReadOnlyList<Problem> FirstOf(IReadOnlyList<Problem> faults, int count) =>
        [.. faults.Take(count),
            new Problem("", "more-faults",
                $"{(count == 0 ? "There are" : "And")} {faults.Count - count} {(count == 0 ? "faults too long to say here" : "more")}.")];

    // gRPC sends what is not printable ASCII as %XX.
    private static int Escaped(string message) =>
        Encoding.UTF8.GetBytes(message).Sum(one => one is >= (byte)' ' and <= (byte)'~' and not (byte)'%' ? 1 : 3);

    private static async Task WriteProblemAsync(this HttpContext context, ProblemAnswer problem)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(problem, RestJson.Readable.ProblemAnswer);
        context.Response.StatusCode = problem.Status ?? 500;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private static ProblemAnswer Of(int status, string title, IReadOnlyList<Problem> faults) => new()
    {
        Type = "about:blank",
        Title = title,
        Status = status,
        Detail = faults.Count == 0
            ? null
            : string.Join(" ", faults.Select(fault => fault.Field.Length == 0 ? fault.Message : $"{fault.Field}: {fault.Message}")),
        Errors = faults.Count == 0 ? null : [.. faults.Select(fault => new FaultAnswer(fault.Field, fault.Code, fault.Message))],
        TraceId = Activity.Current?.TraceId.ToHexString(),
    };
}
