using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Resilience.Answers;
using Mesh.Resilience.Incidents;
using Mesh.Resilience.Policies;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Resilience</c> on a Registry (Flow step 1): the same rules and refusals as REST.</summary>
public sealed class ResilienceRpc(ICommandBus bus, ResilienceReading reading) : V1.Resilience.ResilienceBase
{
    /// <inheritdoc/>
    public override Task<V1.PolicyReply> SetPolicy(V1.SetPolicyRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = PolicyInput.Key(request.Service, request.Namespace, faults);
        var policy = RpcInput.Policy(key, request, faults);
        return SendAsync(PolicyInput.Set(key, policy, faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.PolicyReply> RemovePolicy(V1.RemovePolicyRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = PolicyInput.Key(request.Service, request.Namespace, faults);
        var kind = PolicyKinds.Parse(request.Kind);
        if (kind is null)
            faults.Add("kind", request.Kind.Length == 0 ? "missing" : "unknown-kind",
                $"Set one of: {string.Join(", ", PolicyKinds.All.Select(PolicyKinds.NameOf))}.");
        return SendAsync(PolicyInput.Remove(key, kind, faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.PolicyList> ListPolicies(V1.ListPoliciesRequest request, ServerCallContext context) =>
        reading.ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<V1.ReportIncidentsReply> ReportIncidents(V1.ReportIncidentsRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var command = IncidentInput.Read(request, faults);
        var report = command is null ? null : new ValidRequest<IncidentsOutcome>(command.Key, _ => command);
        var (outcome, answer) = await bus.SendAsync(context, request, faults, report).ConfigureAwait(false);
        return new V1.ReportIncidentsReply { Sequence = outcome.Sequence, Taken = { answer.Taken }, RetryAfterMs = answer.RetryAfterMs };
    }

    private async Task<V1.PolicyReply> SendAsync(ValidRequest<PolicyOutcome>? wish, IMessage request, ServerCallContext context,
        Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return new V1.PolicyReply
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Revision = answer.Version,
            Warnings = { answer.Warnings ?? [] },
        };
    }
}
