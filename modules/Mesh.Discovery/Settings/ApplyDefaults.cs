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
/// Records that a module has given a service its defaults (Flow steps 2 and 8). A fact of the log: it is given once, also where the service
/// goes and comes again, so that what an operator has deleted since stays deleted.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Module">Whose defaults, such as <c>discovery</c>.</param>
public sealed record ApplyDefaults(ServiceKey Key, string Module) : ICommand<DiscoveryAnswer>
{
    /// <inheritdoc/>
    public string Name => "discovery.apply-defaults";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Intent(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var service = state.Facts<DiscoveryState>().Find(Key);
        var answer = new DiscoveryAnswer { Instances = service?.Instances.Length ?? 0, Version = service?.Version ?? 0 };
        if (service is not { Exists: true } || service.DefaultsOf.Contains(Module)) return Decision.Unchanged(answer);
        return Decision.Changed(
            [NewEvent.Of(DiscoveryStreams.Intent(Key), new DefaultsApplied(Key.Namespace, Key.Name, Module))],
            answer with { Version = context.NextSequence });
    }
}
