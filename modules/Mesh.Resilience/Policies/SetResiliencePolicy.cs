using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.Answers;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Policies;

/// <summary>Sets one policy of a service, whole (Flow step 2). The service need not exist: the policy takes effect when it does.</summary>
/// <param name="Key">The service.</param>
/// <param name="Policy">In normal form.</param>
public sealed record SetResiliencePolicy(ServiceKey Key, IResiliencePolicy Policy) : ICommand<PolicyOutcome>
{
    /// <summary>Condition on the policy's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => $"resilience.set-{PolicyKinds.NameOf(Policy.Kind)}";

    /// <inheritdoc/>
    public JsonTypeInfo<PolicyOutcome> AnswerType => AnswerJson.Default.PolicyOutcome;

    /// <inheritdoc/>
    public string Stream => ResilienceStreams.Policy(Key, Policy.Kind);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var resilience = state.Facts<ResilienceState>();
        var present = resilience.Find(Key)?.Find(Policy.Kind);
        if (Precondition?.Check(present?.Version, PolicyOutcome.Described(Key, Policy.Kind)) is { } unmet) return Decision.Rejected(unmet);
        if (present is not null && present.Policy.Equals(Policy)) return Decision.Unchanged(Outcome(state, present.Version));
        if (present is null && resilience.PoliciesIn(Key.Namespace) >= ResilienceLimits.PoliciesPerNamespace)
        {
            return Decision.Rejected(RefusalKind.LimitReached, "service", "limit-reached",
                $"Namespace {Key.Namespace} holds {ResilienceLimits.PoliciesPerNamespace} resilience policies, the limit. Remove some, "
                    + "or use another namespace.");
        }

        return Decision.Changed([Event()], Outcome(state, state.Stream(Stream).Version + 1));
    }

    private PolicyOutcome Outcome(MeshState state, long version) => new(version) { Warnings = GrpcGaps.Of(state, Key, Policy) };

    private NewEvent Event() => Policy switch
    {
        CircuitBreakerPolicy policy => NewEvent.Of(Stream, new CircuitBreakerSet(Key.Namespace, Key.Name, policy)),
        BulkheadPolicy policy => NewEvent.Of(Stream, new BulkheadSet(Key.Namespace, Key.Name, policy)),
        OutlierDetectionPolicy policy => NewEvent.Of(Stream, new OutlierDetectionSet(Key.Namespace, Key.Name, policy)),
        RateLimitPolicy policy => NewEvent.Of(Stream, new RateLimitSet(Key.Namespace, Key.Name, policy)),
        TimeoutPolicy policy => NewEvent.Of(Stream, new TimeoutSet(Key.Namespace, Key.Name, policy)),
        FallbackPolicy policy => NewEvent.Of(Stream, new FallbackSet(Key.Namespace, Key.Name, policy)),
        _ => throw new InvalidOperationException($"{Policy.GetType().Name} has no event."),
    };
}
