using System.Diagnostics;
using System.Reflection;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Messaging.Kafka;

namespace Mesh.Registry.History;

/// <summary><c>GET /api/v1/status</c>: what <c>cdaprod-mesh status</c> shows of a Registry.</summary>
internal sealed class StatusEndpoint(IStateSource states, ILogStore store, ModuleCatalog modules, KafkaRelay relay)
{
    private static readonly string Version =
        typeof(StatusEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
    private readonly long _started = Stopwatch.GetTimestamp();

    public Task GetAsync(HttpContext context)
    {
        var state = states.Current;
        var relayed = relay.Status;
        StateReads.Stamp(context.Response, state.Sequence);
        var size = state.TryFacts<IServiceCatalog>()?.Size ?? default;
        var quarantined = state.Skipped == 0 ? null : state.Streams
            .Where(stream => stream.Value.Quarantine is not null || stream.Value.UnknownType is not null)
            .ToDictionary(stream => stream.Key,
                stream => stream.Value.Quarantine ?? $"has the unknown event type {stream.Value.UnknownType}");
        return context.WriteJsonAsync(new StatusAnswer
        {
            Role = "registry",
            Version = Version,
            LogId = state.Position.Log.LogId.ToString("N"),
            Epoch = state.Position.Log.Epoch,
            Head = state.Sequence,
            HeadTime = state.Sequence == 0 ? null : state.Position.Time,
            Store = store.Description,
            Relay = relayed.State.ToString().ToLowerInvariant(),
            RelayProblem = relayed.Problem,
            Relayed = relayed.State is RelayState.Relaying or RelayState.Failing ? relayed.Published : null,
            RelayLag = relayed.State is RelayState.Relaying or RelayState.Failing ? relayed.Lag : null,
            Modules = [.. modules.Active.Select(module => module.Name)],
            Services = size.Services,
            Instances = size.Instances,
            Quarantined = quarantined,
            UptimeSeconds = Math.Round(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1),
            ProcessId = Environment.ProcessId,
        }, RestJson.Readable.StatusAnswer);
    }
}
