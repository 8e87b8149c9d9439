using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>What an instance speaks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MeshProtocol>))]
public enum MeshProtocol
{
    /// <summary>HTTP/1.1, also WebSocket and server-sent events.</summary>
    [JsonStringEnumMemberName("http")] Http,

    /// <summary>gRPC over cleartext HTTP/2.</summary>
    [JsonStringEnumMemberName("grpc")] Grpc,

    /// <summary>Any bytes.</summary>
    [JsonStringEnumMemberName("tcp")] Tcp,
}

/// <summary>Verdict of an instance's checks and lease.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthState>))]
public enum HealthState
{
    /// <summary>In rotation.</summary>
    [JsonStringEnumMemberName("passing")] Passing,

    /// <summary>In rotation, but somebody should look: a check fails below its threshold, or the instance is flapping.</summary>
    [JsonStringEnumMemberName("warning")] Warning,

    /// <summary>Out of rotation.</summary>
    [JsonStringEnumMemberName("critical")] Critical,
}

/// <summary>What its operator wants of an instance.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InstanceMode>))]
public enum InstanceMode
{
    /// <summary>Takes requests.</summary>
    [JsonStringEnumMemberName("active")] Active,

    /// <summary>Gets no new requests, finishes those under way.</summary>
    [JsonStringEnumMemberName("draining")] Draining,

    /// <summary>Out of rotation and not probed, until set active again.</summary>
    [JsonStringEnumMemberName("maintenance")] Maintenance,
}

/// <summary>How an instance is probed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthCheckKind>))]
public enum HealthCheckKind
{
    /// <summary>GET a path: 2xx passes, 429 warns, all else fails.</summary>
    [JsonStringEnumMemberName("http")] Http,

    /// <summary>A connection is accepted.</summary>
    [JsonStringEnumMemberName("tcp")] Tcp,

    /// <summary><c>grpc.health.v1.Health/Check</c> answers SERVING.</summary>
    [JsonStringEnumMemberName("grpc")] Grpc,
}
