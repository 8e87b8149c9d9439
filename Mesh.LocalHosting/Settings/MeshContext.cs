using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Settings;

/// <summary>What the CLI needs to know of a running mesh.</summary>
internal static class MeshContext
{
    public static string NameOf(int portOffset) => portOffset == 0 ? "local" : $"local-{portOffset}";

    public static JsonObject Of(IEnumerable<IResource> resources, string apphost, string dataFolder, string binFolder)
    {
        var context = new JsonObject();
        foreach (var (key, name) in new[] { ("registry", "registry"), ("controlPlane", "controlplane"), ("worker", "worker"), ("gateway", "gateway") })
        {
            if (resources.OfType<ProjectResource>().FirstOrDefault(resource => resource.Name == name) is { } found)
                context[key] = new EndpointReference(found, "http").Url;
        }

        context["apphost"] = apphost;
        context["dataDir"] = dataFolder;
        context["bin"] = binFolder;
        return context;
    }
}
