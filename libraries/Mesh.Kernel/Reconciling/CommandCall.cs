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

    /// <summary>The log's sequence that a reply names: until the replica has come so far, the key is not visited again.</summary>
    public required Func<TReply, long> SequenceOf { get; init; }

    /// <summary>Starts the call on a channel to a Registry; key, actor, cause and depth are in the options' headers.</summary>
    public required Func<CallInvoker, CallOptions, AsyncUnaryCall<TReply>> Start { get; init; }
}
