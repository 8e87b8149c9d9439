using System.Text.Json;
using Mesh.Contracts.Events;

namespace Mesh.Kernel.Log;

/// <summary>An event that a decision wants appended: its stream, type and payload. The writer adds all the rest.</summary>
public readonly record struct NewEvent(string Stream, string Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>An event of a type that is known at compile time.</summary>
    public static NewEvent Of<TEvent>(string stream, TEvent payload) where TEvent : IMeshEvent<TEvent> =>
        new(stream, TEvent.EventType, JsonSerializer.SerializeToUtf8Bytes(payload, TEvent.JsonType));
}
