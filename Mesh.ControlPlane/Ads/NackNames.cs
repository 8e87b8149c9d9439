using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Xds.Protos.Rpc;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Which resources of a response a NACK refuses. The protocol leaves it to clients how they say so. The mesh's data plane names them in
/// the error's details (<c>google.rpc.ResourceInfo</c>). Others have a form of words, in which an index or a name stands in a place of
/// its own: gRPC's C-core and Node.js clients <c>resource index 0: …</c> (gRFC A46), gRPC for Go <c>resource "name": …</c>, gRPC for Java
/// and older data planes of the mesh <c>Cluster 'name' …: …</c>, Envoy <c>Error adding/updating cluster(s) name: …, other: …</c>. A name
/// that merely occurs in a text refuses nothing.
/// </summary>
internal static partial class NackNames
{
    /// <summary>Those that it refuses; all of the response where it says of none that it does.</summary>
    /// <param name="type">The response's type.</param>
    /// <param name="names">The response's resources, in its order.</param>
    /// <param name="error">The client's words.</param>
    public static IReadOnlyCollection<string> Of(XdsType type, IReadOnlyCollection<string> names, Status error)
    {
        if (names.Count <= 1) return names;
        var ordered = names as IReadOnlyList<string> ?? [.. names];
        var known = ordered.ToHashSet(StringComparer.Ordinal);
        var refused = Details(type, error).Where(known.Contains).ToHashSet(StringComparer.Ordinal);
        if (refused.Count == 0) refused = Words(type, ordered, error.Message).Where(known.Contains).ToHashSet(StringComparer.Ordinal);
        return refused.Count > 0 ? refused : names;
    }

    private static IEnumerable<string> Details(XdsType type, Status error) =>
        error.Details.Where(detail => detail.Is(ResourceInfo.Descriptor)).Select(Unpack).OfType<ResourceInfo>()
            .Where(info => info.ResourceType == type.Url).Select(info => info.ResourceName);

    private static ResourceInfo? Unpack(Google.Protobuf.WellKnownTypes.Any detail)
    {
        try
        {
            return detail.Unpack<ResourceInfo>();
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Words(XdsType type, IReadOnlyList<string> names, string message)
    {
        foreach (Match item in Index().Matches(message))
        {
            var index = int.Parse(item.Groups["index"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            if (index < names.Count) yield return names[index];
        }

        foreach (Match item in Quoted().Matches(message)) yield return item.Groups["name"].Value;
        foreach (var item in Typed().Matches(message).Where(item => item.Groups["type"].Value == type.Name))
            yield return item.Groups["name"].Value;
        if (Envoy().Match(message) is not { Success: true } list) yield break;
        // The reasons may have commas and colons of their own: what stands before the colon counts where it is a whole name.
        foreach (Match item in Item().Matches(list.Groups["items"].Value)) yield return item.Groups["name"].Value;
    }

    [GeneratedRegex(@"(?:^|\[|; )resource index (?<index>[0-9]{1,6}): ", RegexOptions.CultureInvariant)]
    private static partial Regex Index();

    [GeneratedRegex("""(?:^|: |;\n)resource "(?<name>[^"]+)": """, RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex(
        @"(?:^|\n|; |[LRCES]DS response )(?<type>[A-Za-z]+) '(?<name>[^']+)'(?: validation error)?: ", RegexOptions.CultureInvariant)]
    private static partial Regex Typed();

    [GeneratedRegex(
        @"^Error adding/updating (?:cluster|listener)\(s\) (?<items>.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Envoy();

    [GeneratedRegex(@"(?:^|, |\n)(?<name>\S+): ", RegexOptions.CultureInvariant)]
    private static partial Regex Item();
}
