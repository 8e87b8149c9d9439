using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// What a client still uses because it has refused what would have replaced it: the last accepted version of a refused resource stays in
/// force, and with it whatever that one points at, directly or not. Flow step 7.
/// </summary>
internal static class RefusedReferences
{
    /// <summary>The resources that have to stay with the client.</summary>
    /// <param name="types">What the stream knows of each type, by <see cref="XdsType.Order"/>.</param>
    public static IReadOnlySet<(XdsType Type, string Name)> Of(IReadOnlyList<TypeState> types)
    {
        var kept = new HashSet<(XdsType, string)>();
        var open = new Queue<XdsResource>(types.SelectMany(type => type.Refused.Values).OfType<XdsResource>());
        while (open.TryDequeue(out var resource))
        {
            foreach (var (type, name) in resource.Type.References(resource))
            {
                if (kept.Add((type, name)) && InForce(types[type.Order], name) is { } next) open.Enqueue(next);
            }
        }

        return kept;
    }

    private static XdsResource? InForce(TypeState type, string name) =>
        type.Refused.TryGetValue(name, out var accepted) ? accepted : type.Sent.Find(name);
}
