using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Health;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Leases;
using Mesh.Kernel.State;
using Microsoft.Extensions.Logging;

namespace Mesh.Discovery.Api;

/// <summary>What REST and gRPC have in common when they write (Flow step 1): commands to the log, and leases beside it.</summary>
public sealed class DiscoveryWrites(ICommandBus bus, StateReads reads, ILeaseStore leases, TimeProvider time,
    ILogger<DiscoveryWrites> logger)
{
    /// <summary>Registers, and begins the lease if one was asked for.</summary>
    public async ValueTask<CommandOutcome> RegisterAsync(RegisterInstance command, CommandCaller caller,
        CancellationToken cancellationToken)
    {
        var outcome = await bus.SendAsync(caller.Envelope(command), cancellationToken).ConfigureAwait(false);
        if (outcome.Refusal is null && command.Instance.TtlSeconds > 0 && outcome.Answer is DiscoveryAnswer { InstanceId: { } id } answer)
        {
            var key = new ServiceKey(command.Instance.Namespace, command.Instance.Service);
            await RenewAsync(new LeaseKey(key, id, answer.Incarnation), command.Instance.TtlSeconds,
                cancellationToken).ConfigureAwait(false);
            if (reads.Current.Facts<DiscoveryState>().Find(key)?.Find(id) is { } instance)
                await RestoreAsync(key, instance, cancellationToken).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>Renews a lease; an instance whose lease had expired comes back.</summary>
    public async ValueTask<HeartbeatOutcome> HeartbeatAsync(ServiceKey key, string instanceId, long incarnation,
        CancellationToken cancellationToken)
    {
        var (instance, refusal) = Find(reads.Current, key, instanceId, incarnation);
        if (refusal is not null)
        {
            // Another Registry may have just registered it: make sure before an instance is told that it is unknown.
            var (state, away) = await reads.ReadAsync(new ReadDemand(0, Strong: true), cancellationToken).ConfigureAwait(false);
            if (state is null) return new(away, null, false);
            (instance, refusal) = Find(state, key, instanceId, incarnation);
            if (refusal is not null) return new(refusal, null, false);
        }

        var recorded = await RenewAsync(new LeaseKey(key, instanceId, instance!.Incarnation), instance.Spec.TtlSeconds,
            cancellationToken).ConfigureAwait(false);
        await RestoreAsync(key, instance, cancellationToken).ConfigureAwait(false);
        return new(null, instance, !recorded);
    }

    private static (InstanceState? Instance, Refusal? Refusal) Find(MeshState state, ServiceKey key, string instanceId, long incarnation)
    {
        if (state.Facts<DiscoveryState>().Find(key)?.Find(instanceId) is not { } instance)
            return (null,
                Refusal.Of(RefusalKind.NotFound, "instanceId", "unknown-instance",
                    $"Service {key} has no instance {instanceId}. Register it again."));
        if (Incarnations.Check(instance, incarnation) is { } older) return (null, older);
        return instance.Spec.TtlSeconds > 0
            ? (instance, null)
            : (null,
                Refusal.Of(RefusalKind.Invalid, "instanceId", "no-lease",
                    $"Instance {instanceId} of {key} was registered without a lease; register it with ttlSeconds to send heartbeats."));
    }

    private async ValueTask<bool> RenewAsync(LeaseKey key, int ttlSeconds, CancellationToken cancellationToken)
    {
        var recorded = await leases.RenewAsync(new Lease(key, TimeSpan.FromSeconds(ttlSeconds)), cancellationToken).ConfigureAwait(false);
        if (!recorded) logger.LeaseNotRecorded(key);
        return recorded;
    }

    private async ValueTask RestoreAsync(ServiceKey key, InstanceState instance, CancellationToken cancellationToken)
    {
        if (instance.Status.Lease != HealthState.Critical) return;
        var command = new ReportHealth(key,
            [new HealthVerdict(instance.Id, instance.Incarnation, VerdictSource.Lease, HealthState.Passing, "heartbeat")]);
        // A flapping instance is held back; then there is nothing to say to the log.
        var state = reads.Current;
        if (command.Decide(state, new DecisionContext(time.GetUtcNow(), "registry:leases", state.Sequence + 1)).Events.Count == 0) return;
        var outcome = await bus.SendAsync(new CommandEnvelope { Command = command, Actor = "registry:leases" },
            cancellationToken).ConfigureAwait(false);
        if (outcome.Refusal is { } refusal) logger.LeaseNotRestored(key, instance.Id, refusal.Problems[0].Message);
    }
}

/// <summary>What a heartbeat comes to.</summary>
/// <param name="Refusal">Null if it was taken.</param>
/// <param name="Instance">The instance, if it was taken.</param>
/// <param name="Degraded">Taken but not recorded: leases cannot be written now, so nothing expires either.</param>
public readonly record struct HeartbeatOutcome(Refusal? Refusal, InstanceState? Instance, bool Degraded);
