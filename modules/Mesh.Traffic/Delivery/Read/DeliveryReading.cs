using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Read;

/// <summary>What REST and gRPC read of deliveries, from whatever state the process holds.</summary>
public sealed class DeliveryReading(CanaryWatch watch)
{
    /// <summary>The last canary of a service; null before its first.</summary>
    public async Task<CanaryAnswer?> CanaryAsync(MeshState state, ServiceKey key, CancellationToken cancellationToken) =>
        Find(state, key) is { Canary: not null } delivery
            ? await watch.OfAsync(state, delivery, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>The last canaries of a namespace, or of all.</summary>
    public async Task<CanaryListAnswer> CanariesAsync(MeshState state, string? @namespace, CancellationToken cancellationToken)
    {
        var deliveries = DeliveryAnswers.Of(state.Facts<TrafficState>(), @namespace).Select(service => service.Delivery!)
            .Where(delivery => delivery.Canary is not null);
        return new CanaryListAnswer
        {
            Sequence = state.Sequence,
            Items = await Task.WhenAll(deliveries.Select(delivery => watch.OfAsync(state, delivery, cancellationToken)))
                .ConfigureAwait(false),
        };
    }

    /// <summary>The last switch of a service; null before its first.</summary>
    public static BlueGreenAnswer? Switch(MeshState state, ServiceKey key) =>
        Find(state, key) is { Switch: { } last } delivery ? DeliveryAnswers.Of(key, last, delivery.Version) : null;

    /// <summary>The last switches of a namespace, or of all.</summary>
    public static BlueGreenListAnswer Switches(MeshState state, string? @namespace) => DeliveryAnswers.Switches(state, @namespace);

    /// <summary>The refusal where there has been no canary.</summary>
    public static Refusal NoCanary(ServiceKey key) => CanaryRefusals.None(key);

    /// <summary>The refusal where there has been no switch.</summary>
    public static Refusal NoSwitch(ServiceKey key) =>
        Refusal.Of(RefusalKind.NotFound, "service", "unknown-switch", $"{key} has not been switched.");

    private static DeliveryState? Find(MeshState state, ServiceKey key) => state.Facts<TrafficState>().Find(key)?.Delivery;
}
