using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.Answers;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Policies;

/// <summary>Takes one policy of a service back (Flow step 2).</summary>
/// <param name="Key">The service.</param>
/// <param name="Kind">Which policy.</param>
public sealed record RemovePolicy(ServiceKey Key, PolicyKind Kind) : ICommand<PolicyOutcome>
{
    /// <summary>Condition on the policy's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => $"resilience.remove-{PolicyKinds.NameOf(Kind)}";

    /// <inheritdoc/>
    public JsonTypeInfo<PolicyOutcome> AnswerType => AnswerJson.Default.PolicyOutcome;

    /// <inheritdoc/>
    public string Stream => ResilienceStreams.Policy(Key, Kind);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var present = state.Facts<ResilienceState>().Find(Key)?.Find(Kind);
        if (Precondition?.Check(present?.Version, PolicyOutcome.Described(Key, Kind)) is { } unmet) return Decision.Rejected(unmet);
        return present is null
            ? Decision.Unchanged(new PolicyOutcome(0))
            : Decision.Changed([NewEvent.Of(Stream, new PolicyRemoved(Key.Namespace, Key.Name, Kind))], new PolicyOutcome(0));
    }
}
