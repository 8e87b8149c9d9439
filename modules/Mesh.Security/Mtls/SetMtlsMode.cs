using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>
/// Sets the mutual TLS mode of a service, or the default of a namespace (Flow step 2). The service need not exist: the mode takes effect
/// when it does.
/// </summary>
/// <param name="Scope">The service or namespace.</param>
/// <param name="Setting">The mode, with the trust domain of the registry's authority.</param>
public sealed record SetMtlsMode(MtlsScope Scope, MtlsSetting Setting) : ICommand<MtlsOutcome>
{
    /// <summary>Condition on the mode's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "security.set-mtls-mode";

    /// <inheritdoc/>
    public JsonTypeInfo<MtlsOutcome> AnswerType => MtlsOutcomeJson.Default.MtlsOutcome;

    /// <inheritdoc/>
    public string Stream => SecurityStreams.Mtls(Scope);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var modes = state.Facts<SecurityState>().In(Scope.Namespace);
        var present = modes.Find(Scope.Service);
        if (Precondition?.Check(present?.Version, MtlsOutcome.Described(Scope)) is { } unmet) return Decision.Rejected(unmet);
        if (present?.Setting == Setting) return Decision.Unchanged(Outcome(state, present.Version));
        if (present is null && Scope.Service is not null && modes.Services.Count >= SecurityLimits.ModesPerNamespace)
        {
            return Decision.Rejected(RefusalKind.LimitReached, "service", "limit-reached",
                $"Namespace {Scope.Namespace} holds {SecurityLimits.ModesPerNamespace} mutual TLS modes, the limit. Remove some, set the "
                    + "default of the namespace, or use another namespace.");
        }

        var set = new MtlsModeSet(Scope.Namespace, Scope.Service, Setting.Mode, Setting.TrustDomain?.Name);
        return Decision.Changed([NewEvent.Of(Stream, set)], Outcome(state, state.Stream(Stream).Version + 1));
    }

    private MtlsOutcome Outcome(MeshState state, long version) =>
        new(version) { Warnings = MtlsGaps.Of(state, Scope, Setting.Mode) };
}
