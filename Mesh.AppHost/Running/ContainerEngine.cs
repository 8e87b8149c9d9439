using System.ComponentModel;
using System.Diagnostics;

namespace Mesh.AppHost.Running;

/// <summary>Docker or Podman, asked before anything is started: Aspire alone would wait for it without a word.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Why no container can be started; null where one can.</summary>
    public static string? Fault()
    {
        var chosen = Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") is { Length: > 0 } name ? name : null;
        var faults = new List<string>();
        foreach (var engine in chosen is null ? ["docker", "podman"] : new[] { chosen })
        {
            if (Ask(engine) is not { } fault)
                return null;
            faults.Add($"  {fault}");
        }

        return $"--containers needs a container engine, and none answers:\n{string.Join('\n', faults)}\nStart Docker or Podman, or "
            + "leave --containers out: the embedded servers need neither.";
    }

    private static string? Ask(string engine)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(engine, ["ps", "--quiet"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!Task.WhenAll(error, output, process.WaitForExitAsync()).Wait(Patience))
            {
                process.Kill(entireProcessTree: true);
                return $"{engine} does not answer within {Patience.TotalSeconds:0} s";
            }

            return process.ExitCode == 0 ? null : $"{engine} ps: {error.Result.Trim().ReplaceLineEndings(" ")}";
        }
        catch (Win32Exception)
        {
            return $"{engine} is not installed";
        }
    }
}
