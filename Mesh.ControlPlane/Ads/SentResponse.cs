using System.Collections.Frozen;
using Mesh.Kernel.Log;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>A response the client has not answered yet.</summary>
/// <param name="Nonce">Unique on its stream.</param>
/// <param name="Version">The version of the client's whole set once it has taken the response.</param>
/// <param name="Sequence">The log sequence the response stands for.</param>
/// <param name="SentAt">When it was handed to the transport.</param>
/// <param name="Names">The resources it carries, in its order, and then those it takes away: what its answer speaks of.</param>
/// <param name="Causes">The log entries it delivers.</param>
public sealed record SentResponse(
    string Nonce, string Version, long Sequence, DateTimeOffset SentAt, IReadOnlyCollection<string> Names, IReadOnlyList<LogEntry> Causes)
{
    /// <summary>What the client had of its resources before, by name; only of those that point at others.</summary>
    public IReadOnlyDictionary<string, XdsResource> Replaced { get; init; } = FrozenDictionary<string, XdsResource>.Empty;
}
