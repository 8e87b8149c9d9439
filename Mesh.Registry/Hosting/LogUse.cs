using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;

namespace Mesh.Registry.Hosting;

/// <summary>Ends the host where its log cannot be used: unlike a database that is unavailable, no waiting makes it better.</summary>
internal sealed class LogUse(CommandWriter writer, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await writer.Opened.WaitAsync(stoppingToken);
        }
        catch (UnusableLogException)
        {
            lifetime.StopApplication();
        }
    }
}
