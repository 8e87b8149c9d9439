using System.Buffers;
using System.Text;

namespace Mesh.Bench.Fleet;

/// <summary>
/// What a stream needs to know of a <c>DeltaDiscoveryResponse</c> to answer it: read past the resources, so that the driver costs little.
/// </summary>
internal sealed record PushedResponse(string TypeUrl, string Nonce, int Resources)
{
    private const int ResourcesField = 2, TypeField = 4, NonceField = 5, LengthDelimited = 2;

    public static PushedResponse Read(ReadOnlySequence<byte> message)
    {
        var (type, nonce, resources) = ("", "", 0);
        var reader = new SequenceReader<byte>(message);
        while (!reader.End)
        {
            var tag = Varint(ref reader);
            if ((tag & 7) != LengthDelimited)
                throw new InvalidDataException($"Field {tag >> 3} of a delta response is not of a known form.");
            var length = Varint(ref reader);
            var field = tag >> 3;
            if (field == ResourcesField) resources++;
            else if (field == TypeField) type = Text(ref reader, length);
            else if (field == NonceField) nonce = Text(ref reader, length);
            if (field is not (TypeField or NonceField)) reader.Advance(length);
        }

        return new PushedResponse(type, nonce, resources);
    }

    private static string Text(ref SequenceReader<byte> reader, int length)
    {
        var text = Encoding.UTF8.GetString(reader.UnreadSequence.Slice(0, length));
        reader.Advance(length);
        return text;
    }

    private static int Varint(ref SequenceReader<byte> reader)
    {
        var value = 0;
        for (var shift = 0; reader.TryRead(out var next); shift += 7)
        {
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new InvalidDataException("A delta response ends in the middle of a number.");
    }
}
