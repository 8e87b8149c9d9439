using System.Runtime.InteropServices;
using Mesh.ServiceDefaults.Hosting;

namespace Mesh.Local;

/// <summary>When a local server is to end: SIGTERM, the parent's pipe closed, or Ctrl+C where no parent holds a pipe.</summary>
internal static class EndSignal
{
    public static async Task Wait()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            asked.TrySetResult();
        });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            if (!ParentPipe.IsHeld)
                asked.TrySetResult();
        });
        await (ParentPipe.IsHeld ? Task.WhenAny(asked.Task, ParentPipe.Closed()) : asked.Task);
    }
}
