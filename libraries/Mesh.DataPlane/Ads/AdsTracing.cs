using System.Diagnostics;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Ads;

/// <summary>
/// The span of a response that is taken in: the last of a command's trace. None where nobody traces the command. Flow step 9.
/// </summary>
internal static class AdsTracing
{
    private static readonly ActivitySource Source = new("Cdaprod.Mesh.DataPlane");

    public static Activity? Apply(DeltaDiscoveryResponse response)
    {
        if (!Source.HasListeners() || ControlPlaneIdentifier.TraceOf(response.ControlPlane?.Identifier ?? "") is not { } trace
            || !ActivityContext.TryParse(trace, null, isRemote: true, out var context))
        {
            return null;
        }

        return Source.StartActivity("xds apply", ActivityKind.Consumer, context)
            ?.SetTag("mesh.type", XdsTypes.Parse(response.TypeUrl)?.ToString())
            .SetTag("mesh.sequence", response.SystemVersionInfo)
            .SetTag("mesh.resources", response.Resources.Count)
            .SetTag("mesh.removed", response.RemovedResources.Count);
    }
}
