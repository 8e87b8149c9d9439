using Mesh.DataPlane.Routing;
using Case = Mesh.Xds.Protos.RouteAction.Types.HashPolicy.PolicySpecifierOneofCase;
using Said = Mesh.Xds.Protos.RouteAction.Types.HashPolicy;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads what a request's hash is made of.</summary>
internal static class HashPolicyReader
{
    public static IReadOnlyList<HashPolicy> Read(IReadOnlyList<Said> policies, string field, ResourceFaults faults)
    {
        var read = new List<HashPolicy>(policies.Count);
        for (var i = 0; i < policies.Count; i++)
        {
            if (One(policies[i], $"{field}[{i}]", faults) is { } one)
                read.Add(one);
        }

        return read;
    }

    private static HashPolicy? One(Said policy, string field, ResourceFaults faults)
    {
        switch (policy.PolicySpecifierCase)
        {
            case Case.Header:
                return new(HashSource.Header, Name(policy.Header.HeaderName, $"{field}.header.header_name", faults), policy.Terminal);
            case Case.QueryParameter:
                return new(HashSource.Query, Name(policy.QueryParameter.Name, $"{field}.query_parameter.name", faults), policy.Terminal);
            case Case.ConnectionProperties:
                return policy.ConnectionProperties.SourceIp ? new(HashSource.SourceAddress, "", policy.Terminal) : null;
            case Case.Cookie:
                var path = policy.Cookie.Path;
                if (path.Any(c => c is ';' or < ' ' or > '~'))
                    faults.Add($"{field}.cookie.path", $"'{path}' is not a valid cookie path");
                return new(HashSource.Cookie, Name(policy.Cookie.Name, $"{field}.cookie.name", faults), policy.Terminal)
                {
                    CookieLife = faults.Duration(policy.Cookie.Ttl, $"{field}.cookie.ttl"),
                    CookiePath = path,
                };
            default:
                // A part that this data plane cannot take adds nothing, as with gRPC's clients.
                return null;
        }
    }

    private static string Name(string name, string field, ResourceFaults faults)
    {
        if (name.Length == 0 || name.Any(c => c is ';' or '=' or ',' or <= ' ' or > '~'))
            faults.Add(field, $"'{name}' is not a valid name");
        return name;
    }
}
