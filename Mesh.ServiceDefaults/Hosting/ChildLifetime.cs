using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Mesh.ServiceDefaults.Hosting;

/// <summary>
/// The lifetime of a host that AppHost's local engine started. It ends when the parent's pipe closes or on SIGTERM. Ctrl+C, which a
/// terminal sends to every process at once, is left to the parent: it ends its children in order.
/// </summary>
internal sealed class ChildLifetime(IHostApplicationLifetime application, TimeProvider time) : IHostLifetime, IDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(40);
    private readonly List<PosixSignalRegistration> _signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            application.StopApplication();
        }));
        _ = EndWithParent();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private async Task EndWithParent()
    {
        await ParentPipe.Closed();
        application.StopApplication();
        // An end that hangs has nobody left to end it.
        await Task.Delay(LongestEnd, time);
        Process.GetCurrentProcess().Kill();
    }
}
