using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Mesh.Api.Rpc;

/// <summary>
/// What all modules' gRPC services do once a request is read: refuse with every fault, or send the command or read the state.
/// </summary>
public static class RpcCalls
{
    /// <summary>Sends the command that a request means, under its condition; the outcome where it is not refused.</summary>
    /// <param name="bus">Where it is sent.</param>
    /// <param name="context">The call.</param>
    /// <param name="message">Its request.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="request">What the message says; null where there are faults.</param>
    /// <exception cref="RpcException">There are faults, or the command is refused.</exception>
    public static async Task<(CommandOutcome Outcome, TAnswer Answer)> SendAsync<TAnswer>(
        this ICommandBus bus, ServerCallContext context, IMessage message, Faults faults, ValidRequest<TAnswer>? request)
        where TAnswer : class
    {
        var precondition = Preconditions.Read(context.RequestHeaders, faults);
        var caller = CommandCaller.Of(context, message, faults);
        faults.ThrowIfAny();
        var command = (request ?? throw new InvalidOperationException("A request without faults means a command.")).Command(precondition);
        var outcome = await bus.SendAsync(caller.Envelope(command), context.CancellationToken).ConfigureAwait(false);
        return outcome.Refusal is { } refusal ? throw refusal.ToRpcException() : (outcome, outcome.AnswerTo(command));
    }

    /// <summary>A state at this sequence or newer.</summary>
    /// <exception cref="RpcException">There are faults, or the state does not get there in time.</exception>
    public static async Task<MeshState> ReadAsync(this StateReads reads, long minSequence, Faults faults,
        CancellationToken cancellationToken)
    {
        if (minSequence < 0) faults.Add("min_sequence", "out-of-range", "A sequence is not negative.");
        faults.ThrowIfAny();
        var (state, refusal) = await reads.ReadAsync(new ReadDemand(minSequence, false), cancellationToken).ConfigureAwait(false);
        return state ?? throw refusal!.ToRpcException();
    }

    /// <summary>Refuses with all faults, if there are any.</summary>
    /// <exception cref="RpcException">There are.</exception>
    public static void ThrowIfAny(this Faults faults)
    {
        if (faults.ToRefusal() is { } invalid) throw invalid.ToRpcException();
    }
}
