using Mesh.AppHost.Resources;
using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>
/// Starts processes again that end unasked, later each time, and says so on the terminal: Aspire leaves them ended, and shows it in the
/// dashboard alone.
/// </summary>
internal sealed class Restarts(
    ResourceNotificationService notifications, ResourceCommandService commands, Terminal terminal, IHostApplicationLifetime application,
    TimeProvider time) : BackgroundService
{
    /// <summary>A process that ends so often before it ever was healthy has a fault that starting again does not mend.</summary>
    public const int MostFailedStarts = 5;

    // A host that cannot use its settings or its data says so by this code (EX_CONFIG of sysexits.h).
    private const int SettingFault = 78;

    private readonly Dictionary<string, Life> _lives = new(StringComparer.Ordinal);

    /// <summary>Whether a process cannot come up, so that the mesh was ended.</summary>
    public bool GaveUp { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Its own token comes last, when others have ended the processes already.
        var ending = application.ApplicationStopping;
        try
        {
            await foreach (var change in notifications.WatchAsync(ending))
            {
                if (change.Resource is IMeshHost or EmbeddedServerResource or { Name: DashboardCommands.Resource })
                    Take(change, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
    }

    private void Take(ResourceEvent change, CancellationToken stoppingToken)
    {
        if (!_lives.TryGetValue(change.ResourceId, out var life))
            _lives[change.ResourceId] = life = new Life();
        var state = change.Snapshot.State?.Text;
        if (state == KnownResourceStates.Stopping)
            life.IsAsked = true;
        if (state == KnownResourceStates.Running)
        {
            (life.HasEnded, life.IsAsked) = (false, false);
            if (change.Snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy)
                life.HealthySince ??= time.GetTimestamp();
        }

        // One that somebody stops in the dashboard is stopping first; one that ends by itself, or by a signal of somebody's, is not.
        if (GaveUp || life.HasEnded || life.IsAsked || !KnownResourceStates.TerminalStates.Contains(state))
            return;
        life.HasEnded = true;
        var healthyFor = life.HealthySince is { } since ? time.GetElapsedTime(since) : (TimeSpan?)null;
        life.FailedStarts = healthyFor is null ? life.FailedStarts + 1 : 0;
        life.HealthySince = null;
        if (change.Snapshot.ExitCode == SettingFault)
            GiveUp(change, "cannot use its settings or its data; its lines above say why");
        else if (life.FailedStarts < MostFailedStarts)
            _ = StartAgainAsync(change, life.Delay.Next(healthyFor ?? TimeSpan.Zero), stoppingToken);
        else
            GiveUp(change, $"ended with {Exit(change)} at each of {life.FailedStarts} starts; its lines above say why");
    }

    private async Task StartAgainAsync(ResourceEvent ended, TimeSpan delay, CancellationToken stoppingToken)
    {
        try
        {
            terminal.Say(ended.Resource.Name,
                $"{ended.Resource.Name} ended with {Exit(ended)}; it starts again in {delay.TotalSeconds:0.#} s");
            await Task.Delay(delay, time, stoppingToken);
            var started = await commands.ExecuteCommandAsync(ended.ResourceId, KnownResourceCommands.StartCommand, stoppingToken);
            if (!started.Success && !stoppingToken.IsCancellationRequested)
                terminal.Say(ended.Resource.Name, $"{ended.Resource.Name} cannot be started again: {started.Message}");
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void GiveUp(ResourceEvent ended, string why)
    {
        GaveUp = true;
        Environment.ExitCode = 1;
        terminal.Say(ended.Resource.Name, $"{ended.Resource.Name} {why}. The mesh ends.");
        application.StopApplication();
    }

    private static string Exit(ResourceEvent ended) => ended.Snapshot.ExitCode switch
    {
        // All that the orchestrator says of a signal.
        -1 => "a signal (killed, or crashed)",
        { } code => $"exit code {code}",
        null => $"state {ended.Snapshot.State?.Text}",
    };

    private sealed class Life
    {
        public RestartDelay Delay { get; } = new();

        public long? HealthySince { get; set; }

        public int FailedStarts { get; set; }

        public bool HasEnded { get; set; }

        public bool IsAsked { get; set; }
    }
}
