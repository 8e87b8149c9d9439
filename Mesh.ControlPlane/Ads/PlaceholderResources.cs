using System.Text.RegularExpressions;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// The placeholder resources that a gRPC client gets for a service that does not exist. State of the world cannot express "absent": the
/// client would wait 15 s for the listener, and gRPC's client for Node.js holds its calls back even after that. A closure that ends in an
/// empty cluster makes calls fail at once as UNAVAILABLE, and heals with the first instance.
/// </summary>
internal static partial class PlaceholderResources
{
    private const int Kept = 20_000;
    private static readonly BoundedCache<(XdsType Type, string Name), XdsResource?> Made = new(Kept);

    /// <summary>Whether a service can have such a name, or one of its subsets.</summary>
    public static bool IsName(string name) => ServiceName().IsMatch(name);

    /// <summary>The placeholder; null for a name that no service can have, such as that of a server's listener.</summary>
    public static XdsResource? Of(XdsType type, string name) =>
        IsName(name) ? Made.GetOrAdd((type, name), static (key, _) => key.Type.Placeholder(key.Name, XdsFlavour.Grpc), 0) : null;

    /// <summary>Whether an assignment has no endpoint.</summary>
    public static bool IsEmpty(XdsResource assignment) => LoadAssignmentBuilder.IsEmpty(assignment.Packed.Value);

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?(@[A-Za-z0-9._-]{1,63})?\\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex ServiceName();
}
