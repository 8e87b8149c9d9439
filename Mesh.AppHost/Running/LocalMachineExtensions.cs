using Aspire.Hosting.Lifecycle;
using Mesh.AppHost.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.AppHost.Running;

/// <summary>Adds what looks after a mesh on one machine.</summary>
internal static class LocalMachineExtensions
{
    public static LocalMachine AddLocalMachine(this IDistributedApplicationBuilder builder, AppHostOptions options)
    {
        var local = new LocalMachine(builder, options);
        if (!local.IsUsed)
            return local;
        builder.Services.AddSingleton(local);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new Terminal(local.IsTest ? TextWriter.Null : Console.Out));
        if (!local.IsTest)
        {
            // What Aspire says at its start is in the banner; and plain http is meant, so that a missing certificate is nothing to warn of.
            builder.Services.AddLogging(
                logging => logging.AddFilter("Aspire.Hosting", LogLevel.Warning).AddFilter("Aspire.Hosting.Dcp", LogLevel.None)
                    .AddFilter("Microsoft", LogLevel.Critical));
            builder.Services.AddEventingSubscriber<DashboardCommands>();
            builder.Services.AddSingleton<LastWarnings>();
            builder.Services.BeginWith<RunningMesh>();
            builder.Services.BeginWith<Restarts>();
            builder.Services.BeginWith<ErrorLines>();
            builder.Services.BeginWith<StartReport>();
            builder.Services.BeginWith<OrchestratorWatch>();
        }

        // Added last, so that it ends first.
        builder.Services.AddHostedService<OrderedStop>();
        return local;
    }

    /// <summary>Runs until somebody ends it. The exit code.</summary>
    public static int RunToTheEnd(this DistributedApplication application)
    {
        try
        {
            // A test process may run several meshes: whose orchestrator one is cannot be seen, and the end of one mesh would end them all.
            if (application.Services.GetService<LocalMachine>() is { IsTest: false })
                RunAsync(application).GetAwaiter().GetResult();
            else
                application.Run();
        }
        catch (OperationCanceledException)
        {
            // Ended while it started.
        }
        catch (Exception failed) when (failed.GetBaseException() is DistributedApplicationException fault)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }

        return Environment.ExitCode;
    }

    // Aspire's own Run does not stop what it has started by the time that somebody ends its start; the orchestrator would end it seconds
    // later.
    private static async Task RunAsync(DistributedApplication application)
    {
        var lifetime = application.Services.GetRequiredService<IHostApplicationLifetime>();
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStopping.Register(stopping.SetResult);
        await using (application)
        {
            try
            {
                await application.StartAsync();
                await stopping.Task;
            }
            catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                application.Services.GetRequiredService<Terminal>().Say("Ending, before everything has started");
            }

            var orchestrator = Orchestrator.Processes();
            await application.StopAsync();
            await Orchestrator.WaitForEndAsync(orchestrator, TimeProvider.System);
        }
    }

    // Aspire's own service starts the processes, and is through only when each has what it waits for: whatever watches them starts before.
    private static void BeginWith<T>(this IServiceCollection services) where T : class, IHostedService =>
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, T>());
}
