namespace Mesh.AppHost.Running;

/// <summary>Users before what they use: each group is ended only when the one before it has ended.</summary>
internal static class StopOrder
{
    public static IEnumerable<IReadOnlyList<IResource>> Groups(IEnumerable<IResource> resources)
    {
        var depths = new Dictionary<IResource, int>();
        return [.. resources
            .GroupBy(resource => Depth(resource, depths))
            .OrderByDescending(group => group.Key)
            .Select(group => (IReadOnlyList<IResource>)[.. group])];
    }

    /// <summary>How many resources stand between this one and one that needs nobody. Aspire itself refuses circles.</summary>
    private static int Depth(IResource resource, Dictionary<IResource, int> known)
    {
        if (known.TryGetValue(resource, out var depth))
            return depth;
        depth = resource.Annotations.OfType<WaitAnnotation>().Select(wait => Depth(wait.Resource, known) + 1).DefaultIfEmpty(0).Max();
        return known[resource] = depth;
    }
}
