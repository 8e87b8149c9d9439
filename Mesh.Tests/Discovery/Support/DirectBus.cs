using Mesh.Kernel.Commands;
using Mesh.Kernel.State;

namespace Mesh.Tests.Discovery.Support;

/// <summary>Decides at once on a <see cref="DiscoveryLog"/>, as the writer does without a store.</summary>
internal sealed class DirectBus(DiscoveryLog log) : ICommandBus, IStateSource
{
    public MeshState Current => log.State;

    public ValueTask<CommandOutcome> SendAsync(CommandEnvelope envelope, CancellationToken cancellationToken)
    {
        var decision = log.Send(envelope.Command);
        return ValueTask.FromResult(new CommandOutcome
        {
            Changed = decision.Events.Count > 0,
            Sequence = log.State.Sequence,
            Answer = decision.Answer,
            Refusal = decision.Refusal,
        });
    }

    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) => ValueTask.FromResult(log.State);

    public StateSubscription Subscribe() => new StatePublisher(log.State).Subscribe();
}
