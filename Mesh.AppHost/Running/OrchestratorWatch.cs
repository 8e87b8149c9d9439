using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>
/// Ends AppHost where its orchestrator has ended: nothing of the mesh is left then, and every question to it would only take time. Linux
/// only.
/// </summary>
internal sealed class OrchestratorWatch(Terminal terminal, IHostApplicationLifetime application, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ending = application.ApplicationStopping;
        var seen = new HashSet<string>();
        try
        {
            while (true)
            {
                await Task.Delay(Interval, time, ending);
                var parts = Orchestrator.Parts();
                if (!seen.IsSubsetOf(parts))
                    break;
                seen.UnionWith(parts);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return;
        }

        terminal.Say("Aspire's orchestrator (dcp) has ended, and with it all that it had started: the mesh ends. Start it again.");
        Environment.ExitCode = 1;
        application.StopApplication();
        // What stops now asks the orchestrator that is gone, and would wait for half a minute.
        Environment.Exit(1);
    }
}
