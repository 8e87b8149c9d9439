namespace Mesh.Bench.Running;

/// <summary>What the figures were taken on.</summary>
internal static class Machine
{
    public static async Task DescribeAsync(TextWriter output)
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? (await File.ReadAllLinesAsync("/proc/cpuinfo")).FirstOrDefault(
                line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        await output.WriteLineAsync(
            $"{Environment.ProcessorCount} cores ({cpu ?? "unknown"}), {Environment.OSVersion}, .NET {Environment.Version}");
    }

    /// <summary>A program's path, or null if it is not installed.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/local/sbin").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>The built executable of a project of this repository, in the configuration that this program was built in.</summary>
    public static string Built(string project)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var root = output;
        while (!File.Exists(Path.Combine(root.FullName, "Mesh.sln")))
            root = root.Parent ?? throw new InvalidOperationException("Run it from a checkout.");
        var folder = new[] { project, $"local/{project}", $"samples/{project}" }.Select(path => Path.Combine(root.FullName, path))
            .First(Directory.Exists);
        var path = Path.Combine(folder, "bin", output.Parent!.Name, output.Name, project);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is not built; run: dotnet build -c {output.Parent.Name}");
    }

    /// <summary>A port that is free at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
