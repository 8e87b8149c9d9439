using Mesh.DataPlane.Balancing;
using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Calls;

/// <summary>Has endpoints that could not be reached avoided for a while. Flow step 9.</summary>
/// <param name="duration">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is logged, once for as long as an endpoint is avoided.</param>
public sealed class EndpointAvoidance(TimeSpan duration, TimeProvider time, ILogger logger)
{
    /// <summary>Has an endpoint avoided.</summary>
    public void Avoid(EndpointState endpoint, string reason)
    {
        var now = time.GetTimestamp();
        if (endpoint.AvoidUntil(now + (long)(duration.TotalSeconds * time.TimestampFrequency), now))
            logger.Unreachable(endpoint.Address, reason);
    }
}
