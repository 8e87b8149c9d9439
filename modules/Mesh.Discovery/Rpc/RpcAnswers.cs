using Mesh.Contracts.Discovery;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>State as gRPC shows it.</summary>
public static class RpcAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static V1.ServiceList ToList(DiscoveryState state, long sequence, ServiceFilter filter)
    {
        var list = new V1.ServiceList { Sequence = sequence };
        foreach (var (service, instances) in filter.Apply(state)) list.Items.Add(ToMessage(service, instances));
        return list;
    }

    /// <summary>One service.</summary>
    public static V1.Service ToMessage(ServiceState service, IReadOnlyList<InstanceState> instances)
    {
        var message = new V1.Service
        {
            Name = service.Key.Name,
            Namespace = service.Key.Namespace,
            Protocol = ServiceAnswers.NameOf(service.View.Protocol),
            Version = service.Version,
        };
        foreach (var instance in instances) message.Instances.Add(ToMessage(instance));
        return message;
    }

    private static V1.Instance ToMessage(InstanceState instance)
    {
        var (spec, status) = (instance.Spec, instance.Status);
        var message = new V1.Instance
        {
            Id = spec.InstanceId,
            Address = spec.Address,
            Port = spec.Port,
            Protocol = ServiceAnswers.NameOf(spec.Protocol),
            Version = spec.Version,
            Zone = spec.Zone,
            Weight = spec.Weight,
            Health = ServiceAnswers.NameOf(status.Health),
            Mode = ServiceAnswers.NameOf(spec.Mode),
            Protected = status.Protected,
            Flapping = status.Flapping,
            TtlSeconds = spec.TtlSeconds,
            Incarnation = instance.Incarnation,
            HealthCheck = spec.HealthCheck is { } check ? ToMessage(check) : null,
            DeregisterAfterCritical = spec.DeregisterAfterCriticalMs == 0 ? "" : ServiceAnswers.Duration(spec.DeregisterAfterCriticalMs),
        };
        message.Metadata.Add(spec.Metadata);
        message.Addresses.Add(status.Addresses);
        return message;
    }

    private static V1.HealthCheck ToMessage(HealthCheckSpec check) => new()
    {
        Kind = ServiceAnswers.NameOf(check.Kind),
        Path = check.Path,
        Interval = ServiceAnswers.Duration(check.IntervalMs),
        Timeout = ServiceAnswers.Duration(check.TimeoutMs),
        Rise = check.Rise,
        Fall = check.Fall,
        DeregisterAfterCritical = check.DeregisterAfterCriticalMs == 0 ? "" : ServiceAnswers.Duration(check.DeregisterAfterCriticalMs),
    };
}
