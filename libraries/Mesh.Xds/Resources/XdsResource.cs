using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// One resource, serialised once and shared by all streams. Its version is a hash of type, name and bytes, so equal resources
/// have equal versions on every control plane.
/// </summary>
public sealed class XdsResource
{
    private XdsResource(XdsType type, string name, Any packed, UInt128 hash)
    {
        Type = type;
        Name = name;
        Packed = packed;
        Hash = hash;
        Version = Format(hash);
        Delta = new Resource { Name = name, Version = Version, Resource_ = packed };
        Size = Delta.CalculateSize();
    }

    /// <summary>The type of resource.</summary>
    public XdsType Type { get; }

    /// <summary>Its name among those of its type.</summary>
    public string Name { get; }

    /// <summary>16 hexadecimal digits.</summary>
    public string Version { get; }

    /// <summary>The content's hash; the wrapping sum over a set of resources is the set's version, whatever their order.</summary>
    public UInt128 Hash { get; }

    /// <summary>As state-of-the-world responses carry it. Shared: never changed.</summary>
    public Any Packed { get; }

    /// <summary>Bytes of <see cref="Delta"/>.</summary>
    public int Size { get; }

    /// <summary>As delta responses carry it. Shared: never changed.</summary>
    public Resource Delta { get; }

    /// <summary>A cluster, under its own name.</summary>
    public static XdsResource Of(Cluster cluster) => Of(XdsTypes.Cluster, cluster);

    /// <summary>A load assignment, under the name of its cluster.</summary>
    public static XdsResource Of(ClusterLoadAssignment assignment) => Of(XdsTypes.ClusterLoadAssignment, assignment);

    /// <summary>A listener, under its own name.</summary>
    public static XdsResource Of(Listener listener) => Of(XdsTypes.Listener, listener);

    /// <summary>A secret, under its own name.</summary>
    public static XdsResource Of(Secret secret) => Of(XdsTypes.Secret, secret);

    /// <summary>A route configuration, under its own name.</summary>
    public static XdsResource Of(RouteConfiguration routes) => Of(XdsTypes.RouteConfiguration, routes);

    /// <summary>A resource of any type in the table.</summary>
    public static XdsResource Of<T>(XdsType<T> type, T message) where T : class, IMessage<T>, new() => Of((XdsType)type, message);

    /// <summary>The version of a set of resources, from the wrapping sum of their hashes.</summary>
    public static string Format(UInt128 hash) =>
        ((ulong)(hash >> 64) ^ (ulong)hash).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static XdsResource Of(XdsType type, IMessage message)
    {
        var name = type.NameOf(message);
        var packed = new Any { TypeUrl = type.Url, Value = CanonicalProtobuf.Serialize(message) };
        return new XdsResource(type, name, packed, HashOf(packed, name));
    }

    private static UInt128 HashOf(Any packed, string name)
    {
        var hashed = ArrayPool<byte>.Shared.Rent(
            Encoding.UTF8.GetMaxByteCount(packed.TypeUrl.Length + name.Length + 2) + packed.Value.Length);
        try
        {
            var length = Encoding.UTF8.GetBytes(packed.TypeUrl, hashed);
            hashed[length++] = (byte)'\n';
            length += Encoding.UTF8.GetBytes(name, hashed.AsSpan(length));
            hashed[length++] = (byte)'\n';
            packed.Value.Span.CopyTo(hashed.AsSpan(length));
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(hashed.AsSpan(0, length + packed.Value.Length), digest);
            return BinaryPrimitives.ReadUInt128BigEndian(digest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(hashed);
        }
    }
}
