using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Mesh.AppHost.Resources;
using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>
/// Ends the mesh's own processes, users before what they use, while the dashboard still takes their last telemetry. Aspire signals all at
/// once, the dashboard too: each exporter then waits for it. Its own command to stop one takes two seconds longer than the process. A host
/// finishes the requests that it has; a second Ctrl+C cuts them off.
/// </summary>
internal sealed class OrderedStop(DistributedApplicationModel model, ResourceNotificationService notifications, Terminal terminal,
    TimeProvider time) : IHostedService
{
    private const int Terminate = 15;

    // Aspire shows it in the dashboard under this name; the constant is internal.
    private const string PidProperty = "executable.pid";

    // A host gives the active requests 30 s to end; what is left then, the orchestrator kills.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(35);

    // After this, whoever typed Ctrl+C and still waits reads what for.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var limit = new CancellationTokenSource(Longest);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, CutOff);
        using var terminations = PosixSignalRegistration.Create(PosixSignal.SIGTERM, CutOff);
        foreach (var group in StopOrder.Groups(model.Resources.Where(resource => resource is IMeshHost or EmbeddedServerResource)))
        {
            terminal.Say($"Ending: {string.Join(", ", group.Select(resource => resource.Name))}");
            await Task.WhenAll(group.Select(resource => StopAsync(resource, again.Task, limit.Token)));
        }

        void CutOff(PosixSignalContext context)
        {
            context.Cancel = true;
            again.TrySetResult();
        }
    }

    private async Task StopAsync(IResource resource, Task again, CancellationToken cancellationToken)
    {
        try
        {
            var now = await notifications.WaitForResourceAsync(resource.Name, static _ => true, cancellationToken);
            if (now.Snapshot.State?.Text != KnownResourceStates.Running || PidOf(now.Snapshot) is not { } pid)
                return;
            using var process = Process.GetProcessById(pid);
            _ = Signal(pid, Terminate);
            var ended = process.WaitForExitAsync(cancellationToken);
            await Task.WhenAny(ended, again, Task.Delay(Patience, time, cancellationToken));
            if (!ended.IsCompleted && !again.IsCompleted)
            {
                terminal.Say(resource.Name,
                    $"{resource.Name} finishes the requests that it has, for at most 30 s; Ctrl+C again cuts them off");
                await Task.WhenAny(ended, again);
            }

            if (!ended.IsCompleted)
            {
                terminal.Say(resource.Name, $"{resource.Name} is cut off");
                _ = Signal(pid, Terminate);
            }

            await ended;
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Say(resource.Name, $"{resource.Name} has not ended within {Longest.TotalSeconds:0} s and is killed");
        }
    }

    private static int? PidOf(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == PidProperty)?.Value is { } value
            ? Convert.ToInt32(value, CultureInfo.InvariantCulture)
            : null;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
