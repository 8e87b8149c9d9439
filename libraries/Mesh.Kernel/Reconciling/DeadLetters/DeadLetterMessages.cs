using System.Globalization;
using Mesh.Contracts.Rest;
using Mesh.Contracts.V1;

namespace Mesh.Kernel.Reconciling.DeadLetters;

/// <summary>Dead letters as messages, and back.</summary>
public static class DeadLetterMessages
{
    /// <summary>What is kept of a letter that a worker parks.</summary>
    internal static DeadLetterRecord Record(DeadLetter letter, DateTimeOffset now) => new()
    {
        Id = DeadLetterId.Of(new ReconcileKey(letter.Reconciler, letter.Resource)),
        Reconciler = letter.Reconciler,
        Resource = letter.Resource,
        Reason = letter.Reason,
        Worker = letter.Worker,
        CausationId = Guid.TryParse(letter.CausationId, out var cause) ? cause : null,
        CausationSequence = letter.CausationSequence,
        Depth = letter.Depth,
        ParkedAt = now,
    };

    /// <summary>A letter as gRPC shows it.</summary>
    public static DeadLetter ToMessage(this DeadLetterRecord record) => new()
    {
        Id = record.Id,
        Reconciler = record.Reconciler,
        Resource = record.Resource,
        Reason = record.Reason,
        Worker = record.Worker,
        CausationId = record.CausationId?.ToString() ?? "",
        CausationSequence = record.CausationSequence,
        Depth = record.Depth,
        ParkedAt = record.ParkedAt.ToString("O", CultureInfo.InvariantCulture),
    };
}
