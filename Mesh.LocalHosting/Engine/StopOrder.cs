using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Engine;

/// <summary>Users before what they use: each group is ended only when the one before it has ended.</summary>
internal static class StopOrder
{
    public static IEnumerable<IReadOnlyList<IResource>> Groups(IEnumerable<IResource> resources)
    {
        var depths = new Dictionary<IResource, int>();
        return [.. resources
            .GroupBy(resource => Depth(resource, depths, []))
            .OrderByDescending(group => group.Key)
            .Select(group => (IReadOnlyList<IResource>)[.. group])];
    }

    /// <summary>How many resources stand between this one and one that needs nobody.</summary>
    /// <exception cref="DistributedApplicationException">They wait for each other in a circle.</exception>
    private static int Depth(IResource resource, Dictionary<IResource, int> known, List<IResource> path)
    {
        if (known.TryGetValue(resource, out var depth))
            return depth;
        if (path.Contains(resource))
            throw new DistributedApplicationException($"These need each other in a circle: {string.Join(" → ", path.Append(resource).Select(r => r.Name))}.");
        path.Add(resource);
        var needed = resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource)
            .Concat(resource.Annotations.OfType<ReferenceAnnotation>().Select(reference => reference.Resource));
        depth = needed.Select(other => Depth(other, known, path) + 1).DefaultIfEmpty(0).Max();
        path.Remove(resource);
        return known[resource] = depth;
    }
}
