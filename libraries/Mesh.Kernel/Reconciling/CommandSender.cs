using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.Registries;
using Mesh.Kernel.State;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Reconciling;

/// <summary>
/// Sends reconcilers' commands (Flow step 8 to 1), and stops those that would not end: chains that are too deep, keys that send too much.
/// </summary>
public sealed class CommandSender(IRegistryClient registry, CommandBudget budget, TimeProvider time, IOptions<ReconcilingOptions> options)
{
    // A replica that is further behind than this waits for something else than the last command.
    private static readonly TimeSpan AwaitedFor = TimeSpan.FromSeconds(5);
    private readonly ReconcilingOptions _options = options.Value;
    private readonly ConcurrentDictionary<ReconcileKey, (LogIdentity Log, long Sequence, long At)> _sent = new();

    internal async ValueTask<TReply> SendAsync<TReply>(
        ReconcileKey key, MeshState state, LogEntry? answered, CommandCall<TReply> call, CancellationToken cancellationToken)
    {
        var depth = answered is null ? 0 : answered.Depth + 1;
        if (depth > _options.MaxDepth)
        {
            throw new ParkedException(
                $"Its command would be number {depth} in a chain of commands that answer one another (limit {_options.MaxDepth}); the "
                    + $"last is entry {answered!.Sequence}.");
        }

        // Counted before it is sent: a reply that is lost must not make a loop invisible.
        if (budget.Count(key) > _options.MaxCommandsPerMinute)
            throw new ParkedException($"It has sent {_options.MaxCommandsPerMinute} commands within a minute and would send more.");

        using var span = StartSpan(key, answered);
        var headers = new Metadata
        {
            { CommandHeaders.Actor, $"reconciler:{key.Reconciler}" },
            { CommandHeaders.IdempotencyKey, CommandKeyHash.Of(key, state, call.StreamsRead, call.Outcome) },
            { CommandHeaders.Depth, depth.ToString(CultureInfo.InvariantCulture) },
        };
        if (answered is not null) headers.Add(CommandHeaders.CausationId, answered.EventId.ToString());
        var reply = await registry.CallAsync((invoker, callOptions) => call.Start(invoker, callOptions.WithHeaders(headers)),
            cancellationToken).ConfigureAwait(false);
        _sent[key] = (state.Position.Log, call.SequenceOf(reply), time.GetTimestamp());
        ReconcilingTelemetry.Commands.Add(1, new KeyValuePair<string, object?>("reconciler", key.Reconciler));
        return reply;
    }

    // An answer belongs to the trace of what it answers; what timers find out begins none, there would be thousands.
    private static Activity? StartSpan(ReconcileKey key, LogEntry? answered) =>
        answered?.TraceParent is { } parent && ActivityContext.TryParse(parent, null, isRemote: true, out var context)
            ? KernelTelemetry.Source.StartActivity("reconcile", ActivityKind.Internal,
                context)?.SetTag("mesh.reconciler", key.Reconciler).SetTag("mesh.resource", key.Resource)
            : null;

    /// <summary>Whether the state does not show yet what the key's last command did.</summary>
    public bool IsAwaited(ReconcileKey key, MeshState state) =>
        _sent.TryGetValue(key, out var sent) && sent.Log == state.Position.Log && sent.Sequence > state.Sequence
            && time.GetElapsedTime(sent.At) < AwaitedFor;

    /// <summary>Forgets what is no longer waited for.</summary>
    public void Forget()
    {
        foreach (var (key, sent) in _sent)
        {
            if (time.GetElapsedTime(sent.At) >= AwaitedFor) _sent.TryRemove(KeyValuePair.Create(key, sent));
        }
    }
}
