using Mesh.Discovery;
using Mesh.Kernel.Modules;
using Mesh.Resilience;
using Mesh.Security;
using Mesh.Traffic;

namespace Mesh.Modules;

/// <summary>
/// The modules that come with the mesh, in the order in which their folds run. Others are dropped into the module folder
/// (<c>Mesh__ModulePath</c>).
/// </summary>
public static class BuiltInModules
{
    /// <summary>New ones: each process has its own.</summary>
    public static IReadOnlyList<IMeshModule> All() =>
        [new DiscoveryModule(), new ResilienceModule(), new TrafficModule(), new SecurityModule()];
}
