using Mesh.Contracts.Traffic;
using Mesh.Xds.Protos;
using Append = Mesh.Xds.Protos.HeaderValueOption.Types.HeaderAppendAction;

namespace Mesh.Traffic.Xds;

/// <summary>Changes of headers.</summary>
internal static class HeaderCompiler
{
    public static void Apply(HeadersSpec? headers, Route route)
    {
        if (headers?.Request is { } request)
        {
            route.RequestHeadersToAdd.AddRange(Values(request));
            route.RequestHeadersToRemove.AddRange(request.Remove ?? []);
        }

        if (headers?.Response is { } response)
        {
            route.ResponseHeadersToAdd.AddRange(Values(response));
            route.ResponseHeadersToRemove.AddRange(response.Remove ?? []);
        }
    }

    private static IEnumerable<HeaderValueOption> Values(HeaderChangesSpec changes) =>
        (changes.Set ?? NoValues).Select(one => Option(one, Append.OverwriteIfExistsOrAdd))
            .Concat((changes.Add ?? NoValues).Select(one => Option(one, Append.AppendIfExistsOrAdd)));

    private static HeaderValueOption Option(KeyValuePair<string, string> header, Append append) => new()
    {
        // Envoy takes what stands between percent signs for a command of its own, and our data plane reads them alike.
        Header = new HeaderValue { Key = header.Key, Value = header.Value.Replace("%", "%%", StringComparison.Ordinal) },
        AppendAction = append,
    };

    private static readonly IReadOnlyDictionary<string, string> NoValues = new Dictionary<string, string>();
}
