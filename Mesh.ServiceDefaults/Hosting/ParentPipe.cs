namespace Mesh.ServiceDefaults.Hosting;

/// <summary>
/// The thread a child process hangs by: its standard input is a pipe whose other end only the parent holds. It closes when the parent
/// asks for an end and also when the parent is killed, on every operating system, so nothing is ever left behind.
/// </summary>
internal static class ParentPipe
{
    /// <summary>Set to <c>stdin</c> by a parent that holds the pipe.</summary>
    public const string Variable = "MESH_PARENT_PIPE";

    public static bool IsHeld => Environment.GetEnvironmentVariable(Variable) == "stdin";

    /// <summary>Completes when the parent closed the pipe or is gone.</summary>
    public static Task Closed() => Task.Factory.StartNew(ReadToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void ReadToEnd()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[64];
        while (input.Read(ignored) > 0)
        {
        }
    }
}
