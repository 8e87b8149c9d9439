using Mesh.Contracts.Traffic;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>Observations as messages, and back.</summary>
internal static class DeliveryMessages
{
    public static V1.CanaryObservation? Of(CanaryObservation? observed) =>
        observed is null ? null : new V1.CanaryObservation { Stable = Of(observed.Stable), Canary = Of(observed.Canary) };

    public static CanaryObservation? Read(V1.CanaryObservation? observed) =>
        observed is { Stable: { } stable, Canary: { } canary }
            ? new CanaryObservation { Stable = Read(stable), Canary = Read(canary) }
            : null;

    private static V1.ObservedLoad Of(ObservedLoad load)
    {
        var message = new V1.ObservedLoad { Requests = load.Requests, Failed = load.Failed };
        if (load.MeanMilliseconds is { } mean) message.MeanMilliseconds = mean;
        return message;
    }

    private static ObservedLoad Read(V1.ObservedLoad load) => new()
    {
        Requests = load.Requests, Failed = load.Failed, MeanMilliseconds = load.HasMeanMilliseconds ? load.MeanMilliseconds : null,
    };
}
