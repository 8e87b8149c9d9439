using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>How data planes receive a limit that they share, and what they send when they ask for tokens.</summary>
/// <param name="Requests">Requests in each unit.</param>
/// <param name="Seconds">The unit.</param>
/// <param name="Burst">Tokens that the bucket holds.</param>
public sealed record SharedRateLimits(int Requests, int Seconds, int Burst)
{
    /// <summary>The domain of <c>envoy.service.ratelimit.v3.RateLimitRequest</c>.</summary>
    public const string Domain = "cdaprod.mesh";

    /// <summary>Key of the one entry of a descriptor; its value is the service, <c>name</c> or <c>name.namespace</c>.</summary>
    public const string ServiceEntry = "service";

    private const string Field = "rateLimit";

    /// <summary>Says the limit in a route configuration's metadata.</summary>
    public void WriteTo(Metadata metadata) => MeshMetadata.Set(metadata, Field, Value.ForStruct(new Struct
    {
        Fields =
        {
            ["scope"] = Value.ForString("global"),
            ["requests"] = Value.ForNumber(Requests),
            ["seconds"] = Value.ForNumber(Seconds),
            ["burst"] = Value.ForNumber(Burst),
        },
    }));

    /// <summary>The limit that a route configuration's metadata says; null for none, or for one that makes no sense.</summary>
    public static SharedRateLimits? Read(Metadata? metadata)
    {
        if (metadata is null || !metadata.FilterMetadata.TryGetValue(MeshMetadata.Key, out var values)
            || !values.Fields.TryGetValue(Field, out var value) || value.StructValue is not { } limit)
            return null;
        var (requests, seconds, burst) = (Number(limit, "requests"), Number(limit, "seconds"), Number(limit, "burst"));
        return requests > 0 && seconds > 0 && burst > 0 ? new(requests, seconds, burst) : null;
    }

    private static int Number(Struct values, string field) =>
        values.Fields.TryGetValue(field, out var value) && value.KindCase == Value.KindOneofCase.NumberValue
            ? (int)Math.Clamp(value.NumberValue, 0, int.MaxValue)
            : 0;
}
