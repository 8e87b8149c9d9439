namespace Mesh.Kernel.Commands;

/// <summary>A command with who, why and how often.</summary>
public sealed record CommandEnvelope
{
    /// <summary>What is wished.</summary>
    public required ICommand Command { get; init; }

    /// <summary>Who asks: <c>user:…</c>, <c>service:…</c>, <c>reconciler:…</c>; <c>anonymous</c> until there is authentication.</summary>
    public string Actor { get; init; } = "anonymous";

    /// <summary>Idempotency-Key, at most 128 characters; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request; needed with a key.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }

    /// <summary>The entry that a reconciler answers; null from outside.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>0 from outside, else the causing entry's plus one.</summary>
    public int Depth { get; init; }

    /// <summary>W3C trace context; null takes the current activity's.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>The answer to a command, given only after its batch is durable.</summary>
public sealed record CommandOutcome
{
    /// <summary>Whether events were appended (by this call, or by the earlier one that is replayed).</summary>
    public bool Changed { get; init; }

    /// <summary>Whether the outcome is that of an earlier call with the same Idempotency-Key.</summary>
    public bool Replayed { get; init; }

    /// <summary>Sequence of the command's last entry; where nothing changed, the head that it was decided at.</summary>
    public long Sequence { get; init; }

    /// <summary>The command's own answer.</summary>
    public object? Answer { get; init; }

    /// <summary>All faults, if refused.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The answer to a command that was not refused.</summary>
    /// <exception cref="InvalidOperationException">It was refused, or decided without an answer.</exception>
    public TAnswer AnswerTo<TAnswer>(ICommand<TAnswer> command) where TAnswer : class =>
        Answer as TAnswer
        ?? throw new InvalidOperationException(
            $"{command.Name} has no answer: {Refusal?.Problems[0].Code ?? "it was decided without one"}.");
}

/// <summary>Takes commands: in a Registry the log's writer, elsewhere a client of a Registry.</summary>
public interface ICommandBus
{
    /// <summary>Decides and appends; answers when durable. Expected failures are in <see cref="CommandOutcome.Refusal"/>.</summary>
    ValueTask<CommandOutcome> SendAsync(CommandEnvelope envelope, CancellationToken cancellationToken);
}
