using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A module that drafts for one flavour what a test wants of it: a fault, another cluster, a pause.</summary>
internal sealed class DraftsForTests(XdsFlavour flavour) : IXdsContributor
{
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Services that do not compile, and why.</summary>
    public Dictionary<string, string> Faults { get; } = [];

    /// <summary>Where services lead.</summary>
    public Dictionary<string, string> Targets { get; } = [];

    /// <summary>Holds the compile up at the first service, until it is set.</summary>
    public ManualResetEventSlim? Gate { get; init; }

    /// <summary>Ends when the compile is held up.</summary>
    public Task Waits => _waits.Task;

    public int Order => 10;

    public IEnumerable<ServiceKey> Services(MeshState state) => [];

    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => [];

    public object? Shape(MeshState state, ServiceKey service) =>
        Faults.GetValueOrDefault(service.MeshName) is var fault && Targets.GetValueOrDefault(service.MeshName) is var target
            && (fault ?? target) is not null ? (fault, target) : null;

    public void Configure(XdsDraft draft)
    {
        if (draft.Flavour != flavour) return;
        if (Gate is { IsSet: false } gate)
        {
            _waits.TrySetResult();
            if (!gate.Wait(TimeSpan.FromSeconds(120))) throw new TimeoutException("The test has not let the compile go on.");
        }

        if (Faults.TryGetValue(draft.Name, out var fault)) draft.Problems.Add(fault);
        if (Targets.TryGetValue(draft.Name, out var target)) draft.Routes = RouteConfigurationBuilder.ToCluster(draft.Name, ["*"], target);
    }

    public void Endpoints(XdsEndpointsDraft draft)
    {
    }
}
