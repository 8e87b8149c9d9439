using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kind = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;

namespace Mesh.Tests.Xds.Validation;

/// <summary>A message that was read by nothing but its type's description.</summary>
/// <param name="Name">Of the type, with a dot before it.</param>
/// <param name="Type">Its description.</param>
internal sealed record ReadMessage(string Name, DescriptorProto Type)
{
    private readonly Dictionary<int, List<object>> _values = [];

    /// <summary>Numbers of fields that the type does not have, or has otherwise.</summary>
    public List<int> Unknown { get; } = [];

    public static ReadMessage Of(EnvoyProtos protos, string name, ReadOnlySpan<byte> bytes)
    {
        var message = new ReadMessage(name,
            protos.Message(name) ?? throw new InvalidOperationException($"{name} is not among the protos."));
        using var input = new CodedInputStream(bytes.ToArray());
        while (input.ReadTag() is var tag and not 0)
        {
            var field = message.Type.Field.FirstOrDefault(one => one.Number == WireFormat.GetTagFieldNumber(tag));
            if (field is null || !message.Take(protos, field, tag, input))
            {
                message.Unknown.Add(WireFormat.GetTagFieldNumber(tag));
                if (field is null) input.SkipLastField();
            }
        }

        return message;
    }

    /// <summary>The values of a field: text, bytes, a number as <see cref="double"/>, or a message.</summary>
    public IReadOnlyList<object> Values(FieldDescriptorProto field) => _values.GetValueOrDefault(field.Number) ?? [];

    /// <summary>The same of the field of this name.</summary>
    public IReadOnlyList<object> Values(string field) => Values(Type.Field.Single(one => one.Name == field));

    /// <summary>The only value of a field; null where it has none.</summary>
    public object? Value(string field) => Values(field) is [.., var last] ? last : null;

    /// <summary>Bytes of an extension, in options that are read without it.</summary>
    public static byte[]? Extension(IMessage options, int number)
    {
        using var input = new CodedInputStream(options.ToByteArray());
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) != number) input.SkipLastField();
            else
                return WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint
                    ? [(byte)input.ReadUInt64()]
                    : input.ReadBytes().ToByteArray();
        }

        return null;
    }

    private bool Take(EnvoyProtos protos, FieldDescriptorProto field, uint tag, CodedInputStream input)
    {
        if (!_values.TryGetValue(field.Number, out var values)) _values[field.Number] = values = [];
        var wire = WireFormat.GetTagWireType(tag);
        var (expected, read) = Reader(protos, field);
        if (wire == expected)
        {
            values.Add(read(input));
            return true;
        }

        if (wire != WireFormat.WireType.LengthDelimited)
        {
            input.SkipLastField();
            return false;
        }

        // Numbers of a list come packed into one.
        using var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
        while (!packed.IsAtEnd) values.Add(read(packed));
        return true;
    }

    private static (WireFormat.WireType, Func<CodedInputStream, object>) Reader(EnvoyProtos protos, FieldDescriptorProto field) =>
        field.Type switch
    {
        Kind.String => (WireFormat.WireType.LengthDelimited, input => Encoding.UTF8.GetString(input.ReadBytes().Span)),
        Kind.Bytes => (WireFormat.WireType.LengthDelimited, input => input.ReadBytes()),
        Kind.Message => (WireFormat.WireType.LengthDelimited, input => Of(protos, field.TypeName, input.ReadBytes().Span)),
        Kind.Double => (WireFormat.WireType.Fixed64, input => input.ReadDouble()),
        Kind.Float => (WireFormat.WireType.Fixed32, input => (double)input.ReadFloat()),
        Kind.Fixed32 or Kind.Sfixed32 => (WireFormat.WireType.Fixed32, input => (double)input.ReadFixed32()),
        Kind.Fixed64 or Kind.Sfixed64 => (WireFormat.WireType.Fixed64, input => (double)input.ReadFixed64()),
        Kind.Uint32 or Kind.Uint64 or Kind.Bool => (WireFormat.WireType.Varint, input => (double)input.ReadUInt64()),
        _ => (WireFormat.WireType.Varint, input => (double)input.ReadInt64()),
    };
}
