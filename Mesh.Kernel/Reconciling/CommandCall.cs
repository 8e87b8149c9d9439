using Grpc.Core;

namespace Mesh.Kernel.Reconciling;

/// <summary>A command that a reconciler wants sent.</summary>
/// <typeparam name="TReply">The Registry's reply.</typeparam>
public sealed record CommandCall<TReply>
{
    /// <summary>Log streams that the decision to send rests on.</summary>
    public required IReadOnlyList<string> StreamsRead { get; init; }

    /// <summary>What should be so afterwards, written so that equal outcomes are equal strings.</summary>
    public required string Outcome { get; init; }

    /// <summary>Starts the call on a channel to a Registry.</summary>
    public required Func<CallInvoker, CommandCause, CallOptions, AsyncUnaryCall<TReply>> Start { get; init; }
}

/// <summary>Why a reconciler calls; goes with every command.</summary>
/// <param name="Reconciler">Its name; the command's actor is <c>reconciler:name</c>.</param>
/// <param name="IdempotencyKey">See <see cref="CommandKeyHash"/>.</param>
/// <param name="EventId">The log entry that is answered; null for a timer or something observed.</param>
/// <param name="Depth">One more than that entry's; 0 without one.</param>
public sealed record CommandCause(string Reconciler, string IdempotencyKey, Guid? EventId, int Depth);
