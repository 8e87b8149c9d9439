using Mesh.Contracts.Resilience;
using Mesh.Discovery.State;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Resilience.Policies;
using Mesh.Resilience.State;
using Mesh.Tests.Support;

namespace Mesh.Tests.Resilience.Support;

/// <summary>A log of services and policies without a store.</summary>
internal sealed class ResilienceLog(LogIdentity? log = null) : CommandLog("resilience", log, new DiscoveryFold(), new ResilienceFold())
{
    public ResilienceState Resilience => State.Facts<ResilienceState>();

    /// <summary>Sets a policy from a request's body, which must be valid.</summary>
    public Decision Set(PolicyKind kind, string json) => Send(Command(kind, json));

    public static SetResiliencePolicy Command(PolicyKind kind, string json) =>
        Valid(json, (fields, faults) => PolicyInput.Read(kind, fields, faults));

    /// <summary>The faults of a request's body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(PolicyKind kind, string json) =>
        Read(json, (fields, faults) => PolicyInput.Read(kind, fields, faults)).Faults;
}
