namespace Mesh.AppHost.Resources;

/// <summary>
/// A host of the mesh, whichever way it is started: it has endpoints, takes settings, waits for others and is found by them.
/// </summary>
internal interface IMeshHost : IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

/// <summary>
/// The built program itself. Aspire starts a project by a <c>dotnet run</c> that stays beside it: 66 MiB and more than a second for each.
/// </summary>
internal sealed class MeshProcessResource(string name, string command, string workingDirectory)
    : ExecutableResource(name, command, workingDirectory), IMeshHost;

/// <summary>A project as Aspire knows it: what is published, and what an IDE debugs.</summary>
internal sealed class MeshProjectResource(string name) : ProjectResource(name), IMeshHost;
