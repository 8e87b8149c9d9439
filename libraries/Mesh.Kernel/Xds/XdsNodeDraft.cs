using Google.Protobuf;
using Mesh.Kernel.State;
using Mesh.Xds.Resources;

namespace Mesh.Kernel.Xds;

/// <summary>
/// One client's own resources, while contributors work on them. At first those that it declared itself: Envoy's inbound listeners and
/// their clusters. For its client a resource in here takes the place of a service's with the same type and name.
/// </summary>
/// <param name="state">The state.</param>
/// <param name="node">The client.</param>
/// <param name="declared">What it declared.</param>
public sealed class XdsNodeDraft(MeshState state, XdsNode node, IEnumerable<XdsResource> declared)
{
    // Of what was declared twice, the last counts.
    private readonly Dictionary<(XdsType, string), XdsResource> _all =
        declared.GroupBy(resource => (resource.Type, resource.Name)).ToDictionary(same => same.Key, same => same.Last());

    public MeshState State { get; } = state;

    public XdsNode Node { get; } = node;

    /// <summary>
    /// Why its resources cannot be drafted: any entry keeps the last good ones in place. They are logged, so they quote no secret.
    /// </summary>
    public IList<string> Problems { get; } = [];

    /// <summary>What is drafted so far.</summary>
    public IReadOnlyCollection<XdsResource> Resources => _all.Values;

    /// <summary>A copy of what is drafted under a name, to be changed and set again; null for nothing.</summary>
    public T? Find<T>(XdsType<T> type, string name) where T : class, IMessage<T>, new() =>
        _all.TryGetValue((type, name), out var resource) ? type.Read(resource.Packed.Value) : null;

    /// <summary>Drafts a resource, in place of one with the same name.</summary>
    public void Set<T>(XdsType<T> type, T message) where T : class, IMessage<T>, new() =>
        _all[(type, type.NameOf(message))] = XdsResource.Of(type, message);

    /// <summary>Takes a resource out.</summary>
    public void Remove(XdsType type, string name) => _all.Remove((type, name));
}
