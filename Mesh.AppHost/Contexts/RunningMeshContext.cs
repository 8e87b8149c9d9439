using System.Text.Json.Nodes;
using Mesh.AppHost.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.AppHost.Contexts;

/// <summary>What the command line needs to know of a running mesh.</summary>
internal static class RunningMeshContext
{
    public static string NameOf(int portOffset) => portOffset == 0 ? "local" : $"local-{portOffset}";

    public static JsonObject Of(IEnumerable<IResource> resources, LocalMachine local, IConfiguration configuration)
    {
        var context = new JsonObject();
        foreach (var (key, name) in new[] { ("registry", "registry"), ("controlPlane", "controlplane"), ("worker", "worker"),
            ("gateway", "gateway") })
        {
            if (resources.FirstOrDefault(resource => resource.Name == name) is { } found)
                context[key] = found.Url("http");
        }

        // Where telemetry goes elsewhere, the dashboard has no traces to show.
        if (!local.SendsTelemetryElsewhere)
        {
            context["dashboard"] = local.DashboardUrl;
            context["dashboardKey"] = configuration["AppHost:DashboardApiKey"];
        }

        context["dataDir"] = local.DataFolder;
        context["bin"] = local.BinFolder;
        return context;
    }

    /// <summary>An endpoint's address, as it can be typed on this machine.</summary>
    public static string Url(this IResource resource, string endpoint) =>
        ((IResourceWithEndpoints)resource).GetEndpoint(endpoint).Url.Replace("//localhost", "//127.0.0.1", StringComparison.Ordinal);
}
