using Google.Protobuf;
using Mesh.DataPlane.Reading;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// What this data plane does with one type of the table (<see cref="XdsTypes"/>): reads, keeps, removes and asks for its resources.
/// </summary>
internal abstract class ResourceReader(XdsType type, Subscriptions subscriptions)
{
    public XdsType Type => type;

    /// <summary>The names that others refer to.</summary>
    public Subscriptions Subscriptions => subscriptions;

    /// <summary>Whether requests ask for names of it, between the control plane's responses.</summary>
    public bool IsAskedByRequests { get; init; }

    /// <summary>Reads one resource of a response and, if nothing is wrong with it, puts it in the place of its last version.</summary>
    /// <returns>What is wrong with it.</returns>
    public abstract IReadOnlyList<string> Take(Resource resource);

    /// <summary>The control plane says that there is no such resource.</summary>
    public abstract void Remove(string name);

    /// <summary>The versions of what was accepted, by name.</summary>
    public abstract IReadOnlyDictionary<string, string> Versions();

    /// <summary>What was accepted, as it came.</summary>
    public abstract IEnumerable<Resource> Raw();
}

/// <inheritdoc/>
/// <typeparam name="TMessage">The message.</typeparam>
/// <typeparam name="TConfig">What is read from it.</typeparam>
internal sealed class ResourceReader<TMessage, TConfig>(XdsType<TMessage> type, ReceivedResources<TConfig> received,
    Subscriptions subscriptions)
    : ResourceReader(type, subscriptions)
    where TMessage : class, IMessage<TMessage>, new()
    where TConfig : class
{
    /// <summary>Reads a message; its last version, if there is one, is the second argument.</summary>
    public required Func<TMessage, TConfig?, ResourceFaults, TConfig> Read { get; init; }

    /// <summary>Takes over what was read under a name.</summary>
    public required Action<string, TConfig, Resource> Keep { get; init; }

    /// <summary>What follows where there is none of a name.</summary>
    public required Action<string> Removed { get; init; }

    public override IReadOnlyList<string> Take(Resource resource)
    {
        var faults = new ResourceFaults(type, resource.Name);
        if (faults.Unpack<TMessage>(resource.Resource_, "resource") is not { } message)
            return faults.All;
        if (type.NameOf(message) is var name && name != resource.Name)
            faults.Add(type.NameField, $"is '{name}', not the name it was sent under");
        var config = Read(message, received.Find(resource.Name), faults);
        if (!faults.Any)
            Keep(resource.Name, config, resource);
        return faults.All;
    }

    public override void Remove(string name) => Removed(name);

    public override IReadOnlyDictionary<string, string> Versions() => received.Versions();

    public override IEnumerable<Resource> Raw() => received.Raw();
}
