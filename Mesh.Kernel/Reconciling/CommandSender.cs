using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.Registries;
using Mesh.Kernel.State;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Reconciling;

/// <summary>Sends reconcilers' commands, and stops those that would not end: chains that are too deep, keys that send too much.</summary>
public sealed class CommandSender(IRegistryClient registry, CommandBudget budget, IOptions<ReconcilingOptions> options)
{
    private readonly ReconcilingOptions _options = options.Value;

    internal async ValueTask<TReply> SendAsync<TReply>(
        ReconcileKey key, MeshState state, LogEntry? answered, CommandCall<TReply> call, CancellationToken cancellationToken)
    {
        var depth = answered is null ? 0 : answered.Depth + 1;
        if (depth > _options.MaxDepth)
        {
            throw new ParkedException(
                $"Its command would be number {depth} in a chain of commands that answer one another (limit {_options.MaxDepth}); the last is entry {answered!.Sequence}.");
        }

        // Counted before it is sent: a reply that is lost must not make a loop invisible.
        if (budget.Count(key) > _options.MaxCommandsPerMinute)
            throw new ParkedException($"It has sent {_options.MaxCommandsPerMinute} commands within a minute and wants to send more.");

        var cause = new CommandCause(key.Reconciler, CommandKeyHash.Of(key, state, call.StreamsRead, call.Outcome), answered?.EventId, depth);
        var reply = await registry.CallAsync((invoker, callOptions) => call.Start(invoker, cause, callOptions), cancellationToken).ConfigureAwait(false);
        ReconcilingTelemetry.Commands.Add(1, new KeyValuePair<string, object?>("reconciler", key.Reconciler));
        return reply;
    }
}
