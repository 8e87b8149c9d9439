using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;
using Mesh.Discovery.State;
using Mesh.Kernel.Values;

namespace Mesh.Discovery.Read;

/// <summary>State as REST shows it.</summary>
public static class ServiceAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static ServiceListAnswer ToList(DiscoveryState state, long sequence, ServiceFilter filter) =>
        new() { Sequence = sequence, Items = [.. filter.Apply(state).Select(found => ToAnswer(found.Service, found.Instances))] };

    /// <summary>One service.</summary>
    public static ServiceAnswer ToAnswer(ServiceState service, IReadOnlyList<InstanceState> instances) => new()
    {
        Name = service.Key.Name,
        Namespace = service.Key.Namespace,
        Protocol = NameOf(service.View.Protocol),
        Instances = [.. instances.Select(ToAnswer)],
        Settings = service.Settings,
        Revision = service.Version,
    };

    /// <summary>The protocol as it is written.</summary>
    public static string NameOf(MeshProtocol protocol) =>
        protocol switch { MeshProtocol.Grpc => "grpc", MeshProtocol.Tcp => "tcp", _ => "http" };

    /// <summary>The health as it is written.</summary>
    public static string NameOf(HealthState health) =>
        health switch { HealthState.Passing => "passing", HealthState.Warning => "warning", _ => "critical" };

    /// <summary>The mode as it is written.</summary>
    public static string NameOf(InstanceMode mode) =>
        mode switch { InstanceMode.Active => "active", InstanceMode.Draining => "draining", _ => "maintenance" };

    /// <summary>The kind of check as it is written.</summary>
    public static string NameOf(HealthCheckKind kind) =>
        kind switch { HealthCheckKind.Tcp => "tcp", HealthCheckKind.Grpc => "grpc", _ => "http" };

    /// <summary>A duration of so many milliseconds as it is written.</summary>
    public static string Duration(int milliseconds) => Durations.Write(TimeSpan.FromMilliseconds(milliseconds));

    internal static void WriteState(DiscoveryState state, Utf8JsonWriter writer) =>
        JsonSerializer.Serialize(writer, ToList(state, 0, new ServiceFilter()).Items, RestJson.Default.IReadOnlyListServiceAnswer);

    private static InstanceAnswer ToAnswer(InstanceState instance)
    {
        var (spec, status) = (instance.Spec, instance.Status);
        return new InstanceAnswer
        {
            Id = spec.InstanceId,
            Address = spec.Address,
            Port = spec.Port,
            Protocol = NameOf(spec.Protocol),
            Version = spec.Version,
            Zone = spec.Zone,
            Weight = spec.Weight,
            Health = NameOf(status.Health),
            HealthSince = status.Since,
            Reason = status.Detail.Length == 0 ? null : status.Detail,
            Mode = NameOf(spec.Mode),
            Protected = status.Protected,
            Flapping = status.Flapping,
            Metadata = spec.Metadata,
            Addresses = status.Addresses.IsEmpty ? null : status.Addresses,
            TtlSeconds = spec.TtlSeconds,
            HealthCheck = spec.HealthCheck is { } check ? ToAnswer(check) : null,
            DeregisterAfterCritical = spec.DeregisterAfterCriticalMs == 0 ? null : Duration(spec.DeregisterAfterCriticalMs),
            Incarnation = instance.Incarnation,
            Revision = instance.Version,
        };
    }

    private static HealthCheckRequest ToAnswer(HealthCheckSpec check) => new()
    {
        Kind = NameOf(check.Kind),
        Path = check.Path.Length == 0 ? null : check.Path,
        Interval = Duration(check.IntervalMs),
        Timeout = Duration(check.TimeoutMs),
        Rise = check.Rise,
        Fall = check.Fall,
        DeregisterAfterCritical = check.DeregisterAfterCriticalMs == 0 ? null : Duration(check.DeregisterAfterCriticalMs),
    };
}
