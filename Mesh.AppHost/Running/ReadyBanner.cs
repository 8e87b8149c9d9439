using System.Text;
using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;
using Mesh.AppHost.Settings;

namespace Mesh.AppHost.Running;

/// <summary>What a newcomer reads when everything is up: where things are, and what to type next.</summary>
internal static class ReadyBanner
{
    // Nothing of the mesh, whose interfaces are not for those who may call the gateway; no port of a mesh with any offset that is usual.
    private const string ServiceUrl = "http://127.0.0.1:8080";

    public static string Of(IEnumerable<IResource> resources, LocalMachine local, string? loginToken, TimeSpan took)
    {
        var all = resources.Where(resource => resource is IMeshHost or EmbeddedServerResource or ContainerResource).ToList();
        var text = new StringBuilder();
        text.AppendLine().AppendLine(FormattableString.Invariant($"Cdaprod Mesh is ready ({took.TotalSeconds:0.0} s).")).AppendLine();
        var width = all.Select(resource => resource.Name.Length).Append("dashboard".Length).Max();
        text.AppendLine($"  {"dashboard".PadRight(width)}  {local.DashboardUrl}{(loginToken is null ? "" : $"/login?t={loginToken}")}");
        foreach (var resource in all.OfType<IResourceWithEndpoints>())
        {
            var urls = resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => Shown(resource, endpoint));
            text.AppendLine($"  {resource.Name.PadRight(width)}  {string.Join(", ", urls)}");
        }

        text.AppendLine($"  {"data".PadRight(width)}  {local.DataFolder}");
        text.AppendLine().AppendLine("Next, in another terminal:").AppendLine();
        text.AppendLine($"  export PATH=\"{local.BinFolder}:$PATH\"");
        var registry = all.Single(resource => resource.Name == "registry").Url("http");
        var gateway = all.Single(resource => resource.Name == "gateway").Url("http");
        text.AppendLine($"  cdaprod-registry register my-service --url={ServiceUrl}   # where a service of yours listens");
        text.AppendLine($"  curl {gateway}/my-service/");
        if (local.Options.Demo)
            text.AppendLine($"  curl {gateway}/hello/");
        text.AppendLine().AppendLine($"The REST interface to try out: {registry}/swagger");
        return text.AppendLine().AppendLine("Ctrl+C ends everything.").ToString();
    }

    private static string Shown(IResourceWithEndpoints resource, EndpointAnnotation endpoint)
    {
        var reference = resource.GetEndpoint(endpoint.Name);
        var address = endpoint.UriScheme == "http" ? resource.Url(endpoint.Name) : $"{reference.Host}:{reference.Port}";
        return endpoint.Name is "http" or "tcp" ? address : $"{endpoint.Name} {address}";
    }
}
