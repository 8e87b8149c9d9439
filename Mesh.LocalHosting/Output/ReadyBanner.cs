using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Output;

/// <summary>What a newcomer reads when everything is up: where things are, and what to type next.</summary>
internal static class ReadyBanner
{
    public static string Of(IEnumerable<IResource> resources, string dataFolder, string binFolder, TimeSpan took)
    {
        var all = resources.ToList();
        var text = new StringBuilder();
        text.AppendLine().AppendLine(FormattableString.Invariant($"Cdaprod Mesh is ready ({took.TotalSeconds:0.0} s).")).AppendLine();
        var width = all.Max(resource => resource.Name.Length);
        foreach (var resource in all.OfType<IResourceWithEndpoints>())
        {
            var urls = resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => Shown(resource, endpoint));
            text.AppendLine($"  {resource.Name.PadRight(width)}  {string.Join(", ", urls)}");
        }

        text.AppendLine($"  {"data".PadRight(width)}  {dataFolder}");
        text.AppendLine().AppendLine("Next, in another terminal:").AppendLine();
        text.AppendLine($"  export PATH=\"{binFolder}:$PATH\"");
        if (Url(all, "registry") is { } registry && Url(all, "gateway") is { } gateway)
        {
            // The registry itself is a service that is surely there, so this works as it stands.
            text.AppendLine($"  cdaprod-registry register my-service --url={registry}");
            text.AppendLine($"  curl {gateway}/my-service/health/live");
            if (all.Any(resource => resource.Name.StartsWith("hello", StringComparison.Ordinal)))
                text.AppendLine($"  curl {gateway}/hello/");
            text.AppendLine().AppendLine($"The REST interface to try out: {registry}/swagger");
        }

        return text.AppendLine().AppendLine("Ctrl+C ends everything.").ToString();
    }

    private static string Shown(IResourceWithEndpoints resource, EndpointAnnotation endpoint)
    {
        var reference = new EndpointReference(resource, endpoint.Name);
        var address = endpoint.UriScheme == "http" ? reference.Url : $"{reference.Host}:{reference.Port}";
        return endpoint.Name is "http" or "tcp" ? address : $"{endpoint.Name} {address}";
    }

    private static string? Url(IEnumerable<IResource> resources, string name) =>
        resources.OfType<ProjectResource>().FirstOrDefault(resource => resource.Name == name) is { } found ? new EndpointReference(found, "http").Url : null;
}
