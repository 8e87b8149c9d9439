using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.State;

/// <summary>How a service's versions follow one another: its last canary and its last blue-green switch. Immutable.</summary>
/// <param name="Canary">Null before the first.</param>
/// <param name="Switch">Null before the first.</param>
/// <param name="Version">The stream's version: the ETag.</param>
public sealed record DeliveryState(CanaryState? Canary, SwitchState? Switch, long Version)
{
    /// <summary>Before any.</summary>
    public static DeliveryState None { get; } = new(null, null, 0);

    /// <summary>The canary that runs, or null.</summary>
    public CanaryState? Running => Canary is { Phase: CanaryPhase.Running } running ? running : null;
}

/// <summary>A canary as it is. Immutable.</summary>
/// <param name="Spec">All of it, with all fields set.</param>
/// <param name="Id">Version of the stream that it was started with; tells it from those before and after it.</param>
/// <param name="Phase">Whether it runs, and how it ended.</param>
/// <param name="Step">From 1; after its end the last one.</param>
/// <param name="Since">When the step, or the end, began.</param>
/// <param name="History">What has happened, the oldest first.</param>
public sealed record CanaryState(CanarySpec Spec, long Id, CanaryPhase Phase, int Step, DateTimeOffset Since,
    IReadOnlyList<CanaryStepAnswer> History)
{
    /// <summary>The service.</summary>
    public ServiceKey Key => new(Spec.Namespace, Spec.Service);

    /// <summary>What served before it.</summary>
    public Destination Stable { get; } = DestinationText.Parse(Spec.Stable!, Spec.Namespace);

    /// <summary>What is tried.</summary>
    public Destination Tried { get; } = DestinationText.Parse(Spec.Canary, Spec.Namespace);

    /// <summary>How long each step is watched at least.</summary>
    public TimeSpan BakeTime { get; } = Durations.TryParse(Spec.BakeTime!)
        ?? throw new InvalidDataException($"'{Spec.BakeTime}' is not a valid duration.");

    /// <summary>The canary's share now, in percent.</summary>
    public int Weight => Phase switch { CanaryPhase.Completed => 100, CanaryPhase.Aborted => 0, _ => Spec.Steps![Step - 1] };

    /// <summary>For messages: <c>shop@v2 (step 2 of 4, 25 %)</c>.</summary>
    public override string ToString() => $"{Spec.Canary} (step {Step} of {Spec.Steps!.Count}, {Weight} %)";
}

/// <summary>How far a canary has come.</summary>
public enum CanaryPhase
{
    /// <summary>Under way.</summary>
    Running,

    /// <summary>It serves all requests now.</summary>
    Completed,

    /// <summary>The stable one serves all requests again.</summary>
    Aborted,
}

/// <summary>A blue-green switch as it is. Immutable.</summary>
/// <param name="Route">The route.</param>
/// <param name="To">Where it was switched to.</param>
/// <param name="Before">The destinations that it had; null where there was no route.</param>
/// <param name="RolledBack">Whether it has been taken back.</param>
/// <param name="Since">When it was switched or taken back.</param>
/// <param name="By">Who did it.</param>
public sealed record SwitchState(string Route, string To, IReadOnlyList<DestinationSpec>? Before, bool RolledBack, DateTimeOffset Since,
    string By);
