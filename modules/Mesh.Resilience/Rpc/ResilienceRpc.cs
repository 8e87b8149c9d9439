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
        var precondition = Preconditions.Read(context.RequestHeaders, faults);
        return Send(key is null || policy is null ? null : new SetResiliencePolicy(key.Value, policy) { Precondition = precondition }, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.PolicyReply> RemovePolicy(V1.RemovePolicyRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = PolicyInput.Key(request.Service, request.Namespace, faults);
        var kind = PolicyKinds.Parse(request.Kind);
        if (kind is null) faults.Add("kind", request.Kind.Length == 0 ? "missing" : "unknown-kind", $"Set one of: {string.Join(", ", PolicyKinds.All.Select(PolicyKinds.NameOf))}.");
        var precondition = Preconditions.Read(context.RequestHeaders, faults);
        return Send(key is null || kind is null ? null : new RemovePolicy(key.Value, kind.Value) { Precondition = precondition }, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.PolicyList> ListPolicies(V1.ListPoliciesRequest request, ServerCallContext context) => reading.ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<V1.ReportIncidentsReply> ReportIncidents(V1.ReportIncidentsRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var command = IncidentInput.Read(request, faults);
        var outcome = await bus.SendAsync(context, request, faults, command).ConfigureAwait(false);
        var answer = (IncidentsOutcome)outcome.Answer!;
        return new V1.ReportIncidentsReply { Sequence = outcome.Sequence, Taken = { answer.Taken }, RetryAfterMs = answer.RetryAfterMs };
    }

    private async Task<V1.PolicyReply> Send(ICommand? command, IMessage request, ServerCallContext context, Faults faults)
    {
        var outcome = await bus.SendAsync(context, request, faults, command).ConfigureAwait(false);
        var answer = (PolicyOutcome)outcome.Answer!;
        return new V1.PolicyReply { Changed = outcome.Changed, Sequence = outcome.Sequence, Revision = answer.Version, Warnings = { answer.Warnings ?? [] } };
    }
}
