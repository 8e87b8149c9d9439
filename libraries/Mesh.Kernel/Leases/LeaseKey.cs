using System.Globalization;
using Mesh.Kernel.Catalog;

namespace Mesh.Kernel.Leases;

/// <summary>
/// Whose lease: one incarnation of one instance. Each registration has a lease of its own, so that a late heartbeat of an older
/// incarnation can never keep a newer one alive.
/// </summary>
/// <param name="Service">Namespace and name.</param>
/// <param name="InstanceId">Instance within the service.</param>
/// <param name="Incarnation">As the registration returned it.</param>
public readonly record struct LeaseKey(ServiceKey Service, string InstanceId, long Incarnation)
{
    /// <summary>Reads what <see cref="ToString"/> wrote; false for anything else.</summary>
    public static bool TryParse(string text, out LeaseKey key)
    {
        key = default;
        var hash = text.LastIndexOf('#');
        var parts = hash < 0 ? [] : text[..hash].Split('/', 3);
        if (parts.Length != 3
            || !long.TryParse(text.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var incarnation)) return false;
        key = new(new(parts[0], parts[1]), parts[2], incarnation);
        return true;
    }

    /// <summary><c>namespace/service/instance#incarnation</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Service}/{InstanceId}#{Incarnation}");
}

/// <summary>A lease as it is asked for.</summary>
/// <param name="Key">Whose.</param>
/// <param name="Ttl">How long it lasts without a heartbeat; over zero.</param>
public readonly record struct Lease(LeaseKey Key, TimeSpan Ttl);
