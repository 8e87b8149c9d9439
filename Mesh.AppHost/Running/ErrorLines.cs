using System.Text.RegularExpressions;
using Mesh.AppHost.Resources;
using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>Shows errors of the processes on the terminal. All their other lines are in the dashboard.</summary>
internal sealed partial class ErrorLines(
    DistributedApplicationModel model, ResourceLoggerService logs, Terminal terminal, LastWarnings warnings,
    IHostApplicationLifetime application) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(model.Resources.Where(resource => resource is IMeshHost or EmbeddedServerResource or ContainerResource)
            .Select(resource => FollowAsync(resource, application.ApplicationStopping)));

    /// <summary>
    /// What of a line is to be shown: without the orchestrator's time, if it is an error. Of an exception, the words and not the stack.
    /// </summary>
    internal static string? Shown(LogLine line)
    {
        var text = TextOf(line);
        return (line.IsErrorMessage && !StackFrame().IsMatch(text)) || HostError().IsMatch(text) ? text : null;
    }

    private static string TextOf(LogLine line) => OrchestratorTime().Replace(line.Content, "");

    private async Task FollowAsync(IResource resource, CancellationToken ending)
    {
        try
        {
            await foreach (var lines in logs.WatchAsync(resource).WithCancellation(ending))
            {
                foreach (var line in lines)
                {
                    if (Shown(line) is { } shown)
                        terminal.Say(resource.Name, shown);
                    else
                        warnings.Take(resource.Name, TextOf(line));
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
    }

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z? ?", RegexOptions.CultureInvariant)]
    private static partial Regex OrchestratorTime();

    [GeneratedRegex(@"^(\s+at |\s*--- End of )", RegexOptions.CultureInvariant)]
    private static partial Regex StackFrame();

    // As the hosts' own formatter writes them.
    [GeneratedRegex(@"^[0-9:.]{12} (fail|crit) ", RegexOptions.CultureInvariant)]
    private static partial Regex HostError();
}
