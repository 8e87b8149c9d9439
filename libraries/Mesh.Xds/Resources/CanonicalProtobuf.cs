using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Xds.Resources;

/// <summary>
/// One message, one sequence of bytes: fields by number, map entries by key. Every control plane that compiles the same state
/// therefore serves the same bytes under the same version.
/// </summary>
public static class CanonicalProtobuf
{
    /// <summary>A message's canonical bytes. They are not copied: nobody may change them.</summary>
    public static ByteString Serialize(IMessage message)
    {
        var bytes = new byte[message.CalculateSize()];
        using var output = new CodedOutputStream(bytes) { Deterministic = true };
        message.WriteTo(output);
        output.CheckNoSpaceLeft();
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>Packs a message the canonical way (<see cref="Any.Pack(IMessage)"/> promises no order of map entries).</summary>
    public static Any Pack(IMessage message) =>
        new() { TypeUrl = XdsTypes.Prefix + message.Descriptor.FullName, Value = Serialize(message) };
}
