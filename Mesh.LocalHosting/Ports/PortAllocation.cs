using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Ports;

/// <summary>Gives every endpoint its port before anything starts, and says at once which pinned ones are taken and by whom.</summary>
internal static class PortAllocation
{
    /// <param name="resources">Whose endpoints.</param>
    /// <param name="offset">Added to pinned ports.</param>
    /// <param name="random">Free ports instead of the pinned ones (tests).</param>
    /// <exception cref="DistributedApplicationException">Pinned ports are taken; the message names each and its holder.</exception>
    public static void Allocate(IEnumerable<IResource> resources, int offset, bool random)
    {
        var taken = new List<string>();
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                endpoint.AllocatedPort = endpoint.Port is { } pinned && !random ? pinned + offset : FreePorts.Next();
                if (endpoint.AllocatedPort is > IPEndPoint.MaxPort)
                    throw new DistributedApplicationException($"Port {endpoint.AllocatedPort} of '{resource.Name}' is beyond {IPEndPoint.MaxPort}: take a smaller --port-offset.");
                if (!FreePorts.IsFree(endpoint.AllocatedPort.Value))
                    taken.Add($"  {endpoint.AllocatedPort} ({resource.Name}) is held by {PortHolder.Of(endpoint.AllocatedPort.Value) ?? "a process that cannot be seen from here"}");
            }
        }

        if (taken.Count > 0)
            throw new DistributedApplicationException(
                $"These ports are taken:\n{string.Join('\n', taken)}\nEnd what holds them, or start this mesh beside it with --port-offset {offset + 1000}.");
    }
}
