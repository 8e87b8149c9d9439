using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Settings;

/// <summary>
/// Sets what an operator says about a service as a whole, or removes it (Flow step 2). The service need not have instances.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Settings">All of them; null, or nothing set, for none.</param>
public sealed record ChangeSettings(ServiceKey Key, ServiceSettings? Settings) : ICommand<DiscoveryAnswer>
{
    private static readonly ServiceSettings Nothing = new();

    /// <summary>Condition on the service's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "discovery.change-settings";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Intent(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var discovery = state.Facts<DiscoveryState>();
        var service = discovery.Find(Key);
        if (Precondition?.Check(service is { Exists: true } ? service.Version : null, $"Service {Key}") is { } unmet)
            return Decision.Rejected(unmet);
        var wanted = Settings == Nothing ? null : Settings;
        var instances = service?.Instances.Length ?? 0;
        if (service?.Settings == wanted)
            return Decision.Unchanged(new DiscoveryAnswer
            {
                Instances = instances,
                Version = service is { Exists: true } ? service.Version : 0,
            });
        if (service is not { Exists: true } && discovery.Use(Key.Namespace).Services >= DiscoveryLimits.ServicesPerNamespace)
        {
            return Decision.Rejected(RefusalKind.LimitReached, "name", "limit-reached",
                $"Namespace {Key.Namespace} holds {DiscoveryLimits.ServicesPerNamespace} services, the limit.");
        }

        return Decision.Changed(
            [NewEvent.Of(DiscoveryStreams.Intent(Key), new ServiceSettingsChanged(Key.Namespace, Key.Name, wanted))],
            new DiscoveryAnswer { Instances = instances, Version = context.NextSequence });
    }
}
