using System.Collections.Concurrent;
using Mesh.AppHost.Resources;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>Says what a start waits for that takes long: else the terminal would stay empty for ever.</summary>
internal sealed class StartReport(
    DistributedApplicationModel model, ResourceNotificationService notifications, Terminal terminal, LastWarnings warnings,
    IHostApplicationLifetime application, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, string> _states = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ending = application.ApplicationStopping;
        foreach (var resource in model.Resources.Where(resource => resource is IMeshHost or EmbeddedServerResource or ContainerResource))
            _states[resource.Name] = "not started";
        try
        {
            var watching = WatchAsync(ending);
            while (!_states.IsEmpty)
            {
                await Task.Delay(Interval, time, ending);
                Say([.. _states.OrderBy(state => state.Key, StringComparer.Ordinal)]);
            }

            await watching;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
    }

    private void Say(IReadOnlyList<KeyValuePair<string, string>> waiting)
    {
        if (waiting.Count == 0)
            return;
        terminal.Say($"Not ready yet: {string.Join(", ", waiting.Select(state => $"{state.Key} ({state.Value})"))}");
        foreach (var (resource, _) in waiting)
        {
            if (warnings.Of(resource) is { } warning)
                terminal.Say(resource, $"last warned: {warning}");
        }
    }

    private async Task WatchAsync(CancellationToken ending)
    {
        await foreach (var change in notifications.WatchAsync(ending))
        {
            var name = change.Resource.Name;
            if (change.Snapshot.HealthStatus == HealthStatus.Healthy && change.Snapshot.State?.Text == KnownResourceStates.Running)
                _states.TryRemove(name, out _);
            else if (_states.ContainsKey(name))
                _states[name] = change.Snapshot.State?.Text is { Length: > 0 } state ? state.ToLowerInvariant() : "not started";
            if (_states.IsEmpty)
                return;
        }
    }
}
