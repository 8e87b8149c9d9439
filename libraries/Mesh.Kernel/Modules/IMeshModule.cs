using Mesh.Kernel.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Kernel.Modules;

/// <summary>
/// A plug-in of the mesh: one vertical slice of commands, fold, endpoints, reconcilers and xDS contributors. One with endpoints implements
/// <c>IModuleEndpoints</c> (Mesh.Api) too. Built-in ones and third-party assemblies dropped into the module folder are loaded alike
/// (<c>samples/Notices</c> uses every way in); <c>Mesh__Modules=a,b</c> restricts a process to some.
/// </summary>
public interface IMeshModule
{
    /// <summary>Lower-case name, such as <c>discovery</c>; also the first part of the module's streams and REST paths.</summary>
    string Name { get; }

    /// <summary>The module's part of the fold; null for one that keeps no state.</summary>
    IModuleFold? Fold { get; }

    /// <summary>Registers what the module needs in a process of this role.</summary>
    void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role);
}

/// <summary>What a process is in the mesh.</summary>
public enum MeshRole
{
    /// <summary>Write side and REST.</summary>
    Registry,

    /// <summary>xDS server.</summary>
    ControlPlane,

    /// <summary>Reconcilers and probes.</summary>
    Worker,
}
