using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>
/// Who sends a command, why, and under which key (Flow step 1): read from headers or from gRPC metadata, see <see cref="CommandHeaders"/>.
/// </summary>
public sealed record CommandCaller
{
    private const int MaxActorLength = 128;

    /// <summary>Taken on trust until there is authentication.</summary>
    public string Actor { get; init; } = "anonymous";

    /// <summary>Null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request; empty without a key.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }

    /// <summary>The entry that is answered; null from outside.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>0 from outside.</summary>
    public int Depth { get; init; }

    /// <summary>Reads an HTTP request's headers. <paramref name="body"/> is null for a request without one.</summary>
    public static CommandCaller Of(HttpContext context, JsonBody? body, Faults faults)
    {
        if (Operation.Find(context) is { Kind: not (OperationKind.Write or OperationKind.Act) } operation)
            throw new InvalidOperationException($"{operation} asks who changes something and is declared as one that only reads.");
        var headers = context.Request.Headers;
        var caller = Of(name => headers.TryGetValue(name, out var value) ? value.ToString() : null, faults);
        if (caller.IdempotencyKey is null) return caller;
        var request = context.Request;
        return caller with
        {
            RequestHash = body?.HashWith(request)
                ?? SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n")),
        };
    }

    /// <summary>
    /// Reads a gRPC call's metadata. Equal requests have equal hashes, in whatever order the client sent the entries of a map.
    /// </summary>
    public static CommandCaller Of(ServerCallContext context, IMessage request, Faults faults)
    {
        var caller = Of(context.RequestHeaders.GetValue, faults);
        if (caller.IdempotencyKey is null) return caller;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(context.Method + "\n"));
        hash.AppendData(CanonicalProtobuf.Serialize(request).Span);
        return caller with { RequestHash = hash.GetHashAndReset() };
    }

    /// <summary>The command as this caller sends it.</summary>
    public CommandEnvelope Envelope(ICommand command) => new()
    {
        Command = command, Actor = Actor, IdempotencyKey = IdempotencyKey, RequestHash = RequestHash, CausationId = CausationId,
        Depth = Depth,
    };

    private static CommandCaller Of(Func<string, string?> header, Faults faults)
    {
        var key = header(CommandHeaders.IdempotencyKey);
        if (key is not null && (key.Length is 0 or > 128 || !IsPrintable(key)))
            faults.Add("Idempotency-Key", "bad-key", "An Idempotency-Key is 1 to 128 printable ASCII characters.");
        var actor = header(CommandHeaders.Actor);
        if (actor is not null && (actor.Length is 0 or > MaxActorLength || !IsPrintable(actor)))
            faults.Add("Mesh-Actor", "bad-actor", $"An actor is 1 to {MaxActorLength} printable ASCII characters.");
        var cause = header(CommandHeaders.CausationId);
        Guid causation = default;
        if (cause is not null && !Guid.TryParse(cause, out causation))
            faults.Add("Mesh-Causation-Id", "not-a-uuid", "The id of the answered event is not a UUID.");
        var deep = header(CommandHeaders.Depth);
        var depth = 0;
        if (deep is not null && !int.TryParse(deep, NumberStyles.None, CultureInfo.InvariantCulture, out depth))
            faults.Add("Mesh-Depth", "wrong-type", "The depth is not a whole number.");
        return new CommandCaller
        {
            Actor = actor ?? "anonymous",
            IdempotencyKey = key,
            CausationId = cause is null ? null : causation,
            Depth = depth,
        };
    }

    private static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
