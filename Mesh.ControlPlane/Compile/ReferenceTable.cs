using System.Runtime.InteropServices;
using Mesh.Kernel.Catalog;

namespace Mesh.ControlPlane.Compile;

/// <summary>Which services' routes refer to which cluster, in each flavour.</summary>
internal sealed class ReferenceTable(int flavours)
{
    private readonly Dictionary<string, HashSet<ServiceKey>>[] _users =
        [.. Enumerable.Range(0, flavours).Select(_ => new Dictionary<string, HashSet<ServiceKey>>(StringComparer.Ordinal))];

    public bool IsReferenced(int flavour, string cluster) => _users[flavour].ContainsKey(cluster);

    public void Replace(int flavour, ServiceKey service, IEnumerable<string> before, IEnumerable<string> after)
    {
        var table = _users[flavour];
        foreach (var cluster in before)
        {
            if (table.TryGetValue(cluster, out var users) && users.Remove(service) && users.Count == 0) table.Remove(cluster);
        }

        foreach (var cluster in after)
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(table, cluster, out _);
            (users ??= []).Add(service);
        }
    }
}
