using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Which command a request means; the same for REST and gRPC (Flow step 1).</summary>
internal static class DeliveryCommands
{
    /// <summary>A promotion by hand: all at once, a step that is named, or the next one.</summary>
    public static ICommand Promote(ServiceKey key, bool all, int? step, string? reason, Precondition? precondition, Faults faults)
    {
        if (all && step is not null) faults.Add("step", "contradiction", "Set 'all' or 'step', not both.");
        if (step is < 1 or > TrafficLimits.CanarySteps) faults.Add("step", "out-of-range", $"{step} is out of bounds; steps are counted from 1, and there are at most {TrafficLimits.CanarySteps}.");
        return new AdvanceCanary(key) { All = all, Step = step, Reason = DeliveryReader.Reason(reason, faults), Precondition = precondition };
    }

    /// <summary>An abort by hand.</summary>
    public static ICommand Abort(ServiceKey key, string? reason, Precondition? precondition, Faults faults) =>
        new AbortCanary(key) { Reason = DeliveryReader.Reason(reason, faults), Precondition = precondition };

    /// <summary>What is answered.</summary>
    public static DeliveryWriteAnswer Answer(CommandOutcome outcome, ServiceKey key)
    {
        var answer = (DeliveryAnswer)outcome.Answer!;
        return new DeliveryWriteAnswer
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
}
