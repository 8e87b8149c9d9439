using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Tests.AppHost;

/// <summary>Runs a host's real entry point in this process until it has started, and tells which endpoints it has mapped.</summary>
internal static class HostEndpoints
{
    // The entry point's own async flow carries it, so that hosts other tests build meanwhile are not taken for this one.
    private static readonly AsyncLocal<TaskCompletionSource<IHost>?> Awaited = new();

    public static async Task<IReadOnlyList<RouteEndpoint>> Of(string assembly, params string[] arguments)
    {
        var built = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = DiagnosticListener.AllListeners.Subscribe(new Subscriber());
        var entry = Assembly.Load(assembly).EntryPoint!;
        var running = Task.Factory.StartNew(
            () =>
            {
                Awaited.Value = built;
                return entry.Invoke(null, entry.GetParameters().Length == 0 ? [] : [arguments]);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        var first = await Task.WhenAny(built.Task, running).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(first == built.Task, $"{assembly} ended before it had built its host");
        var host = await built.Task;
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var started = new TaskCompletionSource<IReadOnlyList<RouteEndpoint>>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(
            () => started.TrySetResult(
                [.. host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()]));
        var endpoints = await started.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        lifetime.StopApplication();
        await running;
        return endpoints;
    }

    private sealed class Subscriber : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilt", Value: IHost host })
                Awaited.Value?.TrySetResult(host);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error) => throw error;
    }
}
