using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.LocalHosting.Engine;

/// <summary>Runs every resource of an application as a child process, and ends them all, users before what they use.</summary>
internal sealed class LocalEngine(IReadOnlyList<ResourceRunner> runners, IHostApplicationLifetime lifetime, ILogger<LocalEngine> logger)
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>A resource never came up: the application ends with exit code 1.</summary>
    public bool Failed { get; private set; }

    public void Start()
    {
        // A circle is found now, not when everything is to end.
        _ = StopOrder.Groups(runners.Select(runner => runner.Resource));
        _running = Task.WhenAll(runners.Select(Run));
    }

    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await _running;
        foreach (var group in StopOrder.Groups(runners.Select(runner => runner.Resource)))
        {
            logger.Ending(string.Join(", ", group.Select(resource => resource.Name)));
            await Task.WhenAll(runners.Where(runner => group.Contains(runner.Resource)).Select(runner => runner.Stop()));
        }
    }

    private async Task Run(ResourceRunner runner)
    {
        try
        {
            await runner.Run(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault)
        {
            logger.CannotRun(runner.Resource.Name, fault);
        }

        if (_stopping.IsCancellationRequested)
            return;
        Failed = true;
        lifetime.StopApplication();
    }
}
