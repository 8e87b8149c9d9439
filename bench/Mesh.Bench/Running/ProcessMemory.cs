using System.Globalization;

namespace Mesh.Bench.Running;

/// <summary>What a process has of the machine's memory, in MB.</summary>
internal static class ProcessMemory
{
    /// <summary>Its share now: pages of several processes count by parts.</summary>
    public static double Pss(int pid) => Read($"/proc/{pid}/smaps_rollup", "Pss:");

    /// <summary>The most that has been resident since it started, or since <see cref="ForgetPeak"/>.</summary>
    public static double Peak(int pid) => Read($"/proc/{pid}/status", "VmHWM:");

    /// <summary>The peak is counted again from what is resident now.</summary>
    public static void ForgetPeak(int pid) => File.WriteAllText($"/proc/{pid}/clear_refs", "5");

    private static double Read(string file, string field)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
                return double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
                    CultureInfo.InvariantCulture) / 1_024;
        }

        return 0;
    }
}
