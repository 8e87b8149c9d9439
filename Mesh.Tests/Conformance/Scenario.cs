using Mesh.Tests.Conformance.Scenarios;

namespace Mesh.Tests.Conformance;

/// <summary>One row of the suite: something that must hold of every data plane, or be known not to.</summary>
/// <param name="Name">As gRPC's interoperability tests call it, where they have it.</param>
/// <param name="Holds">What must hold, for the table.</param>
/// <param name="Run">Asserts it.</param>
/// <param name="Instead">Asserts what data planes do that lack it; null where none may.</param>
internal sealed record Scenario(string Name, string Holds, Func<Bench, Task> Run, Func<Bench, Task>? Instead = null)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Balancing.All, .. Failover.All, .. Routing.All, .. OnTheWay.All, .. Limits.All, .. Changes.All, .. Reports.All,
    ];

    public override string ToString() => Name;
}
