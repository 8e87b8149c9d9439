using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Routes;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Policies;

/// <summary>Sets a service's traffic policy, or removes it (Flow step 2). The service need not exist.</summary>
/// <param name="Key">The service.</param>
/// <param name="Policy">Valid and in normal form; null for none.</param>
public sealed record SetTrafficPolicy(ServiceKey Key, TrafficPolicySpec? Policy) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the policy's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => Policy is null ? "traffic.remove-policy" : "traffic.set-policy";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Policy(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var traffic = state.Facts<TrafficState>();
        var present = traffic.Find(Key)?.Policy;
        if (Precondition?.Check(present?.Version, $"The traffic policy of {Key}") is { } unmet) return Decision.Rejected(unmet);
        if (Policy is null)
        {
            return present is null
                ? Decision.Unchanged(new TrafficAnswer())
                : Decision.Changed([NewEvent.Of(Stream, new TrafficPolicyRemoved(Key.Namespace, Key.Name))], new TrafficAnswer());
        }

        if (present is not null && Json(present.Spec).AsSpan().SequenceEqual(Json(Policy)))
            return Decision.Unchanged(Answer(state, present.Version));
        if (present is null && traffic.Use(Key.Namespace).Policies >= TrafficLimits.PoliciesPerNamespace)
            return Decision.Rejected(RefusalKind.LimitReached, "service", "limit-reached",
                $"Namespace {Key.Namespace} holds {TrafficLimits.PoliciesPerNamespace} traffic policies, the limit.");
        return Decision.Changed([NewEvent.Of(Stream, new TrafficPolicySet(Policy))], Answer(state, state.Stream(Stream).Version + 1));
    }

    private TrafficAnswer Answer(MeshState state, long version) => new() { Version = version, Warnings = GrpcGaps.Of(state, Policy!) };

    private static byte[] Json(TrafficPolicySpec policy) =>
        JsonSerializer.SerializeToUtf8Bytes(policy, TrafficJson.Default.TrafficPolicySpec);
}
