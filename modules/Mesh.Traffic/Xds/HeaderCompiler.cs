using Mesh.Contracts.Traffic;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Append = Mesh.Xds.Protos.HeaderValueOption.Types.HeaderAppendAction;

namespace Mesh.Traffic.Xds;

/// <summary>Changes of headers.</summary>
internal static class HeaderCompiler
{
    public static void Apply(HeadersSpec? headers, Route route, XdsFlavour flavour)
    {
        if (headers?.Request is { } request)
        {
            route.RequestHeadersToAdd.AddRange(Values(request, flavour));
            route.RequestHeadersToRemove.AddRange(request.Remove ?? []);
        }

        if (headers?.Response is { } response)
        {
            route.ResponseHeadersToAdd.AddRange(Values(response, flavour));
            route.ResponseHeadersToRemove.AddRange(response.Remove ?? []);
        }
    }

    private static IEnumerable<HeaderValueOption> Values(HeaderChangesSpec changes, XdsFlavour flavour) =>
        (changes.Set ?? NoValues).Select(one => Option(one, Append.OverwriteIfExistsOrAdd, flavour))
            .Concat((changes.Add ?? NoValues).Select(one => Option(one, Append.AppendIfExistsOrAdd, flavour)));

    private static HeaderValueOption Option(KeyValuePair<string, string> header, Append append, XdsFlavour flavour) => new()
    {
        // Envoy takes what stands between percent signs for a command of its own.
        Header = new HeaderValue { Key = header.Key, Value = flavour == XdsFlavour.Envoy ? header.Value.Replace("%", "%%", StringComparison.Ordinal) : header.Value },
        AppendAction = append,
    };

    private static readonly IReadOnlyDictionary<string, string> NoValues = new Dictionary<string, string>();
}
