using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Append = Mesh.Xds.Protos.HeaderValueOption.Types.HeaderAppendAction;

namespace Mesh.DataPlane.Reading;

/// <summary>
/// Reads which headers are changed. Those that carry a message's frame or its address have rules of their own and are refused, as are the
/// mesh's.
/// </summary>
internal static class HeaderMutationsReader
{
    // What data planes say to each other, such as how many of them a request has passed.
    private const string MeshPrefix = "x-mesh-";

    private static readonly string[] Framing =
        ["connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

    public static HeaderMutations? Read(IReadOnlyList<HeaderValueOption> add, IReadOnlyList<string> remove, string field, string what,
        ResourceFaults faults)
    {
        if (add.Count == 0 && remove.Count == 0)
            return null;
        var all = new List<HeaderMutation>(add.Count + remove.Count);
        for (var i = 0; i < remove.Count; i++)
        {
            if (IsChangeable(remove[i], $"{field}.{what}_headers_to_remove[{i}]", faults))
                all.Add(new HeaderMutation(remove[i], null, HeaderAction.Set));
        }

        for (var i = 0; i < add.Count; i++)
        {
            var at = $"{field}.{what}_headers_to_add[{i}]";
            // Blanks around a value are none of it (RFC 9110 §5.5), and a fault to HTTP/2 (RFC 9113 §8.2.1).
            var value = (add[i].Header?.Value ?? "").Trim(' ', '\t');
            if (!IsChangeable(add[i].Header?.Key ?? "", $"{at}.header.key", faults))
                continue;
            if (HeadSyntax.FaultOfValue(add[i].Header!.Key, value) is { } fault)
                faults.Add($"{at}.header.value", $"has characters that no header may carry: {fault}");
            else if (value.Replace("%%", "", StringComparison.Ordinal).Contains('%'))
                faults.Add($"{at}.header.value", "has a percent sign: variables are not supported, and a literal one is written twice");
            else if (value.Length > 0 || add[i].KeepEmptyValue)
                all.Add(new HeaderMutation(add[i].Header!.Key, value.Replace("%%", "%", StringComparison.Ordinal), Action(add[i])));
        }

        return all.Count == 0 ? null : new HeaderMutations(all);
    }

    private static HeaderAction Action(HeaderValueOption option) => option.AppendAction switch
    {
        // The older way to say that a header is to be replaced.
        Append.AppendIfExistsOrAdd when option.Append is false => HeaderAction.Set,
        Append.AddIfAbsent => HeaderAction.AddIfAbsent,
        Append.OverwriteIfExistsOrAdd => HeaderAction.Set,
        Append.OverwriteIfExists => HeaderAction.Replace,
        _ => HeaderAction.Append,
    };

    private static bool IsChangeable(string name, string field, ResourceFaults faults)
    {
        if (!HeadSyntax.IsToken(name))
            faults.Add(field, $"'{name}' is not a valid header name");
        else if (Framing.Contains(name, StringComparer.OrdinalIgnoreCase)
            || name.StartsWith(MeshPrefix, StringComparison.OrdinalIgnoreCase))
            faults.Add(field, $"'{name}' cannot be changed");
        else
            return true;
        return false;
    }
}
