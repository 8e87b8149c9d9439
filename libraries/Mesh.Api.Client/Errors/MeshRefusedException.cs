using System.Text;
using System.Text.Json;
using Mesh.Contracts.Rest;

namespace Mesh.Api.Client.Errors;

/// <summary>An answer that is not a success, with its problem details. The derived classes are the kinds that callers tell apart.</summary>
public class MeshRefusedException : MeshApiException
{
    private const int ShownOfUnknown = 400;

    internal MeshRefusedException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        Text(requestUri, status, problem, body.Span)) =>
        (Status, Problem, Body) = (status, problem, body);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>What the mesh says of it; null where a proxy in between or another program answered.</summary>
    public ProblemAnswer? Problem { get; }

    /// <summary>The answer as it came.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Every fault of the request, with its field; empty where it has none.</summary>
    public IReadOnlyList<FaultAnswer> Faults => Problem?.Errors ?? [];

    /// <inheritdoc/>
    public override bool IsTransient => false;

    internal static MeshRefusedException Of(Uri requestUri, int status, byte[] body)
    {
        var problem = Read(body);
        return status switch
        {
            400 or 413 or 415 or 422 => new MeshInvalidRequestException(requestUri, status, problem, body),
            404 => new MeshNotFoundException(requestUri, status, problem, body),
            409 => new MeshConflictException(requestUri, status, problem, body),
            412 => new MeshPreconditionFailedException(requestUri, status, problem, body),
            429 => new MeshLimitReachedException(requestUri, status, problem, body),
            502 or 503 or 504 => new MeshUnavailableException(requestUri, status, problem, body),
            _ => new MeshRefusedException(requestUri, status, problem, body),
        };
    }

    private static string Text(Uri uri, int status, ProblemAnswer? problem, ReadOnlySpan<byte> body)
    {
        if (problem is null)
        {
            var shown = Encoding.UTF8.GetString(body[..Math.Min(body.Length, ShownOfUnknown)]).Trim();
            return $"{uri.GetLeftPart(UriPartial.Path)} answered {status}{(shown.Length > 0 ? ": " + shown : "")}";
        }

        var faults = problem.Errors ?? [];
        // Where there are faults the detail only repeats them.
        var reason = (faults.Count > 0 ? problem.Title : problem.Detail) ?? problem.Title ?? problem.Detail ?? "no reason given";
        var text = new StringBuilder($"refused: {reason} ({status})");
        foreach (var fault in faults)
            text.Append('\n').Append("  ").Append(fault.Field.Length > 0 ? fault.Field + ": " : "").Append(fault.Message);
        return text.ToString();
    }

    private static ProblemAnswer? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RestJson.Default.ProblemAnswer);
        }
        catch (JsonException)
        {
            // No problem details: the text itself is shown.
            return null;
        }
    }
}

/// <summary>
/// The request is wrong (400), too large (413), of another media type (415), or its Idempotency-Key came before with another request
/// (422).
/// </summary>
public sealed class MeshInvalidRequestException : MeshRefusedException
{
    internal MeshInvalidRequestException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        status, problem, body)
    {
    }
}

/// <summary>There is no such resource (404).</summary>
public sealed class MeshNotFoundException : MeshRefusedException
{
    internal MeshNotFoundException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        status, problem, body)
    {
    }
}

/// <summary>It conflicts with the present state, such as a newer incarnation or a canary that runs (409).</summary>
public sealed class MeshConflictException : MeshRefusedException
{
    internal MeshConflictException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        status, problem, body)
    {
    }
}

/// <summary>The condition of the write does not hold (412).</summary>
public sealed class MeshPreconditionFailedException : MeshRefusedException
{
    internal MeshPreconditionFailedException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body)
        : base(requestUri, status, problem, body)
    {
    }
}

/// <summary>A limit is reached (429).</summary>
public sealed class MeshLimitReachedException : MeshRefusedException
{
    internal MeshLimitReachedException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        status, problem, body)
    {
    }
}

/// <summary>It cannot be done now (502, 503 or 504); it was asked for again until the client's patience ended.</summary>
public sealed class MeshUnavailableException : MeshRefusedException
{
    internal MeshUnavailableException(Uri requestUri, int status, ProblemAnswer? problem, ReadOnlyMemory<byte> body) : base(requestUri,
        status, problem, body)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
