using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Which command a request means; the same for REST and gRPC (Flow step 1). Each is null where there are faults.</summary>
internal static class DeliveryCommands
{
    /// <summary>A canary as a body or a message says it.</summary>
    public static ValidRequest<DeliveryAnswer>? StartCanary(JsonFields fields, Faults faults) =>
        DeliveryReader.Canary(fields, faults) is not { } canary ? null
            : new(new(canary.Namespace, canary.Service), precondition => new StartCanary(canary) { Precondition = precondition });

    /// <summary>A promotion by hand: all at once, a step that is named, or the next one.</summary>
    public static ValidRequest<DeliveryAnswer>? PromoteCanary(JsonFields fields, Faults faults)
    {
        var key = DeliveryReader.Key(fields, faults);
        var (all, step) = (fields.Flag("all") is true, fields.Number("step"));
        var said = fields.Text("reason");
        if (all && step is not null) faults.Add("step", "contradiction", "Set 'all' or 'step', not both.");
        if (step is < 1 or > TrafficLimits.CanarySteps)
            faults.Add("step", "out-of-range",
                $"{step} is out of bounds; steps are counted from 1, and there are at most {TrafficLimits.CanarySteps}.");
        var reason = DeliveryReader.Reason(said, faults);
        fields.End();
        return ValidRequest.Of<DeliveryAnswer>(
            key, faults, (service, precondition) => new AdvanceCanary(service) { All = all, Step = step, Reason = reason,
                Precondition = precondition });
    }

    /// <summary>An abort by hand.</summary>
    public static ValidRequest<DeliveryAnswer>? AbortCanary(JsonFields fields, Faults faults)
    {
        var key = DeliveryReader.Key(fields, faults);
        var reason = DeliveryReader.Reason(fields.Text("reason"), faults);
        fields.End();
        return ValidRequest.Of<DeliveryAnswer>(
            key, faults, (service, precondition) => new AbortCanary(service) { Reason = reason, Precondition = precondition });
    }

    /// <summary>A switch as a body or a message says it.</summary>
    public static ValidRequest<DeliveryAnswer>? Switch(JsonFields fields, Faults faults) => DeliveryReader.BlueGreen(fields,
        faults) is not { } wish ? null
        : new(new(wish.Namespace, wish.Service), precondition => new SwitchBlueGreen(wish) { Precondition = precondition });

    /// <summary>A switch, taken back.</summary>
    public static ValidRequest<DeliveryAnswer>? RollBack(JsonFields fields, Faults faults)
    {
        var key = DeliveryReader.Key(fields, faults);
        fields.End();
        return ValidRequest.Of<DeliveryAnswer>(key, faults, (service, precondition) =>
            new RollBackBlueGreen(service) { Precondition = precondition });
    }

    /// <summary>What is answered.</summary>
    public static DeliveryWriteAnswer Answer(CommandOutcome outcome, ServiceKey key, DeliveryAnswer answer) => new()
    {
        Changed = outcome.Changed,
        Sequence = outcome.Sequence,
        Service = key.Name,
        Namespace = key.Namespace,
        Phase = answer.Phase,
        Step = answer.Step,
        Weight = answer.Weight,
        To = answer.To,
        Revision = answer.Version,
    };
}
