using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Text;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Reading;

/// <summary>Collects all that is wrong with one resource, each fault with its field, in the words of a NACK.</summary>
internal sealed class ResourceFaults(XdsType type, string name)
{
    private const long LongestSeconds = int.MaxValue / 1000;
    private readonly List<string> _all = [];

    public bool Any => _all.Count > 0;

    public IReadOnlyList<string> All => _all;

    // Names, fields and values may be anybody's, and a line ends up in logs and on terminals.
    public void Add(string field, string problem) => _all.Add(Printable.Of($"{type} '{name}': {field}: {problem}"));

    /// <summary>Reads a packed message of the expected type; null and a fault if it is another or broken.</summary>
    public T? Unpack<T>(Any? any, string field) where T : class, IMessage<T>, new()
    {
        if (any is null)
        {
            Add(field, "is missing");
            return null;
        }

        try
        {
            if (any.TryUnpack<T>(out var message))
                return message;
            Add(field, $"is a {any.TypeUrl[(any.TypeUrl.LastIndexOf('/') + 1)..]}, which is not supported here");
        }
        catch (InvalidProtocolBufferException e)
        {
            Add(field, $"cannot be parsed: {e.Message}");
        }

        return null;
    }

    public TimeSpan? Duration(Duration? duration, string field)
    {
        if (duration is null)
            return null;
        // What no timer can be set to would be thrown at each request.
        if (duration.Seconds is < 0 or >= LongestSeconds || duration.Nanos is < 0 or > 999_999_999)
        {
            Add(field, "is not a duration between 0 and 24 days");
            return null;
        }

        return TimeSpan.FromSeconds(duration.Seconds) + TimeSpan.FromMicroseconds(duration.Nanos / 1000.0);
    }
}
