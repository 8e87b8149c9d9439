using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Mesh.Xds.Resources;

/// <summary>
/// A type of resource that the mesh serves: one row of the table <see cref="XdsTypes"/>. Whatever treats types differently asks for a
/// column; nothing else lists them.
/// </summary>
public abstract class XdsType
{
    private protected XdsType(string name, MessageDescriptor descriptor)
    {
        Name = name;
        Descriptor = descriptor;
        Url = XdsTypes.Prefix + descriptor.FullName;
    }

    /// <summary>What people call it, for example <c>Cluster</c>.</summary>
    public string Name { get; }

    /// <summary>The type URL, for example <c>type.googleapis.com/envoy.config.cluster.v3.Cluster</c>.</summary>
    public string Url { get; }

    /// <summary>The message that carries it.</summary>
    public MessageDescriptor Descriptor { get; }

    /// <summary>Its place in the push order, from 0: what is pointed at goes before what points.</summary>
    public required int Order { get; init; }

    /// <summary>Its place when resources are removed, from 0: what points goes before what is pointed at.</summary>
    public required int RemovalOrder { get; init; }

    /// <summary>Whether a state-of-the-world response always holds every resource, so that a missing one is a deleted one.</summary>
    public bool IsFullState { get; init; }

    /// <summary>What of the type belongs to a service.</summary>
    public required XdsOwnership Ownership { get; init; }

    /// <summary>Whether what is in it is secret: never logged, never stored, redacted where people read it.</summary>
    public abstract bool IsConfidential { get; }

    /// <summary>
    /// The type whose resource of the same name a client waits for again once it was sent a changed one of this type; null for none.
    /// </summary>
    public XdsType? Warms { get; init; }

    /// <summary>The message of a resource.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public abstract IMessage Read(ByteString bytes);

    /// <summary>The message of a resource as people may see it.</summary>
    public abstract IMessage ReadForPeople(ByteString bytes);

    /// <summary>The name that a message bears.</summary>
    public abstract string NameOf(IMessage message);

    /// <summary>Whether its resources point at others.</summary>
    public abstract bool HasReferences { get; }

    /// <summary>What a resource of the type points at.</summary>
    public abstract IEnumerable<(XdsType Type, string Name)> References(XdsResource resource);

    /// <summary>
    /// What takes the place of a resource that no service has, so that calls fail at once; null where there is no such thing.
    /// </summary>
    /// <param name="name">Its name: a service's, or that of a service's subset.</param>
    /// <param name="flavour">For which kind of client.</param>
    public abstract XdsResource? Placeholder(string name, XdsFlavour flavour);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A row of <see cref="XdsTypes"/> with the class of its message.</summary>
/// <typeparam name="T">The message.</typeparam>
public sealed class XdsType<T> : XdsType where T : class, IMessage<T>, new()
{
    private readonly MessageParser<T> _parser = new(() => new T());

    internal XdsType(string name, MessageDescriptor descriptor) : base(name, descriptor)
    {
    }

    /// <summary>The field that holds the name, as NACKs call it. <value><c>name</c></value></summary>
    public string NameField { get; init; } = "name";

    /// <summary>The name in a message.</summary>
    public required Func<T, string> NameIn { get; init; }

    internal Func<T, T>? Redact { get; init; }

    /// <inheritdoc/>
    public override bool IsConfidential => Redact is not null;

    internal Func<T, IEnumerable<(XdsType Type, string Name)>>? ReferencesIn { get; init; }

    /// <inheritdoc/>
    public override bool HasReferences => ReferencesIn is not null;

    internal Func<string, XdsFlavour, T?>? Placeholders { get; init; }

    /// <inheritdoc cref="XdsType.Read"/>
    public override T Read(ByteString bytes) => _parser.ParseFrom(bytes);

    /// <inheritdoc/>
    public override IMessage ReadForPeople(ByteString bytes) => Redact is null ? Read(bytes) : Redact(Read(bytes));

    /// <inheritdoc/>
    public override string NameOf(IMessage message) => NameIn((T)message);

    /// <inheritdoc/>
    public override IEnumerable<(XdsType Type, string Name)> References(XdsResource resource) =>
        ReferencesIn?.Invoke(Read(resource.Packed.Value)) ?? [];

    /// <inheritdoc/>
    public override XdsResource? Placeholder(string name, XdsFlavour flavour) =>
        Placeholders?.Invoke(name, flavour) is { } message ? XdsResource.Of(this, message) : null;
}

/// <summary>What of a type belongs to a service.</summary>
public enum XdsOwnership
{
    /// <summary>One resource, which bears the service's name.</summary>
    Service,

    /// <summary>One resource for each cluster of the service.</summary>
    Cluster,

    /// <summary>Nothing: each client has its own (<see cref="XdsTypes.OfServices"/> lacks it).</summary>
    None,
}
