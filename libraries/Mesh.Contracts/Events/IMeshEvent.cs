using System.Text.Json.Serialization.Metadata;

namespace Mesh.Contracts.Events;

/// <summary>A public event record: says its own wire type and how it is written, without reflection.</summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IMeshEvent<TSelf> where TSelf : IMeshEvent<TSelf>
{
    /// <summary>The versioned type on the wire, such as <c>cdaprod.mesh.discovery.service-registered.v1</c>.</summary>
    static abstract string EventType { get; }

    /// <summary>Source-generated JSON shape.</summary>
    static abstract JsonTypeInfo<TSelf> JsonType { get; }
}
