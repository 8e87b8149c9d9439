using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Leads services elsewhere, as a module of routes would.</summary>
internal sealed class RoutesForTests : IXdsContributor
{
    public Dictionary<string, string> Targets { get; } = [];

    public string? Throwing { get; set; }

    public string? Shapeless { get; set; }

    public int Order => 10;

    /// <summary>Whether it cannot say what it has and what a change affects.</summary>
    public bool Fails { get; set; }

    public IEnumerable<ServiceKey> Services(MeshState state) => Listed();

    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => Listed();

    public object? Shape(MeshState state, ServiceKey service) => service.MeshName == Shapeless
        ? throw new InvalidOperationException("a fault of this module")
        : Targets.GetValueOrDefault(service.MeshName);

    public void Configure(XdsDraft draft)
    {
        if (draft.Name == Throwing) throw new InvalidOperationException("a fault of this module");
        if (!Targets.TryGetValue(draft.Name, out var target)) return;
        if (target.StartsWith('!')) draft.Problems.Add($"route of '{draft.Name}' leads to '{target}'");
        else draft.Routes = RouteConfigurationBuilder.ToCluster(draft.Name, ["*"], target);
    }

    public void Endpoints(XdsEndpointsDraft draft)
    {
    }

    // Fails when it is read, as a query does.
    private IEnumerable<ServiceKey> Listed()
    {
        if (Fails) throw new InvalidOperationException("a fault of this module");
        yield break;
    }
}
