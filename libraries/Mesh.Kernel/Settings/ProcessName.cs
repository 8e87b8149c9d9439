using System.Diagnostics;

namespace Mesh.Kernel.Settings;

/// <summary>Names of this process where several share a store: <c>machine/pid/random</c>, another one each time.</summary>
internal static class ProcessName
{
    /// <summary>A new name.</summary>
    public static string New() => $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Whether the process was one of this machine and is no more: one that was killed here need not be waited for.</summary>
    public static bool IsDeadHere(string name)
    {
        if (name.Split('/') is not [var machine, var pid, _] || machine != Environment.MachineName || !int.TryParse(pid, out var id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
