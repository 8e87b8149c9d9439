using System.Globalization;

namespace Mesh.AppHost.Running;

/// <summary>
/// <c>dotnet run</c> stands between a terminal and AppHost, and when it is killed nobody tells AppHost. Its end is seen here by
/// AppHost getting another parent. Started in any other way (a shell, a service manager), AppHost outlives its parent as usual. Linux only.
/// </summary>
internal static class LauncherWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Calls <paramref name="gone"/> once the <c>dotnet run</c> that started this process has ended.</summary>
    public static async Task RunAsync(Action gone, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || Parent() is not { } launcher || !IsDotnetRun(launcher))
            return;
        try
        {
            while (Parent() == launcher)
                await Task.Delay(Interval, time, cancellationToken);
            gone();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private static int? Parent()
    {
        // pid (name) state ppid …; the name may hold anything, so what follows its last parenthesis is read.
        var stat = File.ReadAllText("/proc/self/stat");
        return int.TryParse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture, out var parent)
            ? parent
            : null;
    }

    private static bool IsDotnetRun(int pid)
    {
        try
        {
            var command = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return Path.GetFileName(command[0]) == "dotnet" && command.Contains("run");
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
