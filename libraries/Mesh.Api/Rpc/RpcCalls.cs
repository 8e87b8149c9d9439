using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Mesh.Api.Rpc;

/// <summary>What all modules' gRPC services do once a request is read: refuse with every fault, or send the command or read the state.</summary>
public static class RpcCalls
{
    /// <summary>The outcome of a command that is not refused.</summary>
    /// <param name="bus">Where it is sent.</param>
    /// <param name="context">The call.</param>
    /// <param name="request">Its request.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="command">The command; null only where there are faults.</param>
    /// <exception cref="RpcException">There are faults, or the command is refused.</exception>
    public static async Task<CommandOutcome> SendAsync(this ICommandBus bus, ServerCallContext context, IMessage request, Faults faults, ICommand? command)
    {
        var caller = CommandCaller.Of(context, request, faults);
        faults.ThrowIfAny();
        var outcome = await bus.SendAsync(caller.Envelope(command!), context.CancellationToken).ConfigureAwait(false);
        return outcome.Refusal is { } refusal ? throw refusal.ToRpcException() : outcome;
    }

    /// <summary>A state at this sequence or newer.</summary>
    /// <exception cref="RpcException">There are faults, or the state does not get there in time.</exception>
    public static async Task<MeshState> ReadAsync(this StateReads reads, long minSequence, Faults faults, CancellationToken cancellationToken)
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
