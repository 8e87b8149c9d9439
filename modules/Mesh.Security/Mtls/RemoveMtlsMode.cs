using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>
/// Removes the mutual TLS mode of a service, which has the default of its namespace again, or that default (Flow step 2).
/// </summary>
/// <param name="Scope">The service or namespace.</param>
public sealed record RemoveMtlsMode(MtlsScope Scope) : ICommand<MtlsOutcome>
{
    /// <summary>Condition on the mode's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "security.remove-mtls-mode";

    /// <inheritdoc/>
    public JsonTypeInfo<MtlsOutcome> AnswerType => MtlsOutcomeJson.Default.MtlsOutcome;

    /// <inheritdoc/>
    public string Stream => SecurityStreams.Mtls(Scope);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var present = state.Facts<SecurityState>().Find(Scope);
        if (Precondition?.Check(present?.Version, MtlsOutcome.Described(Scope)) is { } unmet) return Decision.Rejected(unmet);
        return present is null
            ? Decision.Unchanged(new MtlsOutcome(0))
            : Decision.Changed([NewEvent.Of(Stream, new MtlsModeRemoved(Scope.Namespace, Scope.Service))], new MtlsOutcome(0));
    }
}
