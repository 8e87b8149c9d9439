using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Engine;

/// <summary>A resource uses another, so it is ended before it.</summary>
internal sealed class ReferenceAnnotation(IResource resource) : IResourceAnnotation
{
    public IResource Resource => resource;
}
