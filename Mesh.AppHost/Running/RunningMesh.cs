using Mesh.AppHost.Contexts;
using Mesh.AppHost.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Mesh.AppHost.Running;

/// <summary>
/// Says when the whole mesh is ready, and for as long as it runs keeps the context file by which the command line finds it.
/// </summary>
internal sealed class RunningMesh(
    DistributedApplicationModel model, ResourceNotificationService notifications, IConfiguration configuration, LocalMachine local,
    Terminal terminal,
    IHostApplicationLifetime application, TimeProvider time) : BackgroundService
{
    private readonly ContextFile _file = new(ContextFile.DefaultFolder(), RunningMeshContext.NameOf(local.Options.PortOffset));
    private bool _written;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Its own token comes last, when others have ended the processes already.
        var ending = application.ApplicationStopping;
        // Before the ports are free again: whoever takes them next writes a context of the same name.
        ending.Register(RemoveContext);
        var began = time.GetTimestamp();
        var watching = LauncherWatch.RunAsync(application.StopApplication, time, ending);
        try
        {
            await notifications.WaitForResourceHealthyAsync("registry", ending);
            WriteContext();
            foreach (var resource in model.Resources.Where(resource => resource.HasAnnotationOfType<HealthCheckAnnotation>()))
                await notifications.WaitForResourceHealthyAsync(resource.Name, ending);
            terminal.Say(ReadyBanner.Of(model.Resources, local, configuration["AppHost:BrowserToken"], time.GetElapsedTime(began)));
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }

        await watching;
    }

    private void WriteContext()
    {
        var context = RunningMeshContext.Of(model.Resources, local, configuration);
        try
        {
            _file.Write(context);
            _written = true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            terminal.Say(
                $"{_file.FilePath} cannot be written, so the command line does not find this mesh by itself (give it --registry "
                    + $"{context["registry"]}): {refused.Message}");
        }
    }

    private void RemoveContext()
    {
        try
        {
            if (_written)
                _file.Remove();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            terminal.Say($"{_file.FilePath} cannot be written and still names this mesh, which has ended: {refused.Message}");
        }
    }
}
