using System.Text.RegularExpressions;

namespace Mesh.Xds.Resources;

/// <summary>
/// How services are called on the wire. A service's listener, route configuration, cluster and load assignment all bear one name:
/// <c>name</c> in the namespace <c>default</c>, else <c>name.namespace</c>. A subset's cluster is <c>name@subset</c>. Names and namespaces
/// are DNS labels (no dots), so a name reads back unambiguously.
/// </summary>
public static partial class XdsNames
{
    /// <summary>The namespace that no name on the wire mentions.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>A service's name on the wire.</summary>
    public static string Service(string @namespace, string name) =>
        @namespace == DefaultNamespace ? name : $"{name}.{@namespace}";

    /// <summary>Whether a service can be called so: <c>name</c> or <c>name.namespace</c>.</summary>
    public static bool IsService(ReadOnlySpan<char> name) => ServiceName().IsMatch(name);

    /// <summary>The name of a subset's cluster: <c>service@subset</c>.</summary>
    public static string Subset(string service, string subset) => $"{service}@{subset}";

    /// <summary>The service part of a cluster's name.</summary>
    public static string ServiceOf(string cluster)
    {
        var at = cluster.IndexOf('@');
        return at < 0 ? cluster : cluster[..at];
    }

    /// <summary>Splits a service's wire name.</summary>
    public static (string Namespace, string Name) Parse(string service)
    {
        var dot = service.IndexOf('.');
        return dot < 0 ? (DefaultNamespace, service) : (service[(dot + 1)..], service[..dot]);
    }

    /// <summary>The wire name of a service that may be written with <c>.default</c> behind it.</summary>
    public static string Canonical(string service)
    {
        var (ns, name) = Parse(service);
        return Service(ns, name);
    }

    /// <summary>
    /// The host names under which a service is reached through a proxy: <c>name</c>, <c>name.namespace</c>, both also with <c>.mesh</c>.
    /// </summary>
    public static IEnumerable<string> Domains(string service)
    {
        var (ns, name) = Parse(service);
        string[] bases = ns == DefaultNamespace ? [name, $"{name}.{ns}"] : [$"{name}.{ns}"];
        return bases.SelectMany(b => new[] { b, b + ".mesh" });
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceName();
}
