using System.Diagnostics;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

/// <summary>Runs the real command line program in an environment of its own: no contexts but those of the test.</summary>
internal sealed class CliProgram : IDisposable
{
    public const string MeshName = "cdaprod-mesh", RegistryName = "cdaprod-registry", DiscoveryName = "cdaprod-mesh-discovery";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly TempFolder _config = new();

    /// <summary>Variables of the program's environment besides the test's own.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    public string ContextsFile => Path.Combine(_config.Path, "cdaprod-mesh", "contexts.json");

    public void WriteContexts(string json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ContextsFile)!);
        File.WriteAllText(ContextsFile, json);
    }

    public Task<CliResult> Registry(params string[] arguments) => Run(RegistryName, arguments);

    public Task<CliResult> Mesh(params string[] arguments) => Run(MeshName, arguments);

    public Task<CliResult> Run(string name, string[] arguments) => RunAt(RepositoryRoot.ExecutableOf("Mesh.Cli", name), arguments);

    public async Task<CliResult> RunAt(string path, string[] arguments)
    {
        using var process = Process.Start(StartInfo(path, arguments))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Deadline);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new CliResult(process.ExitCode, (await output).ReplaceLineEndings("\n"), (await error).ReplaceLineEndings("\n"));
    }

    /// <summary>Starts a command that runs until interrupted.</summary>
    public ChildProcess Start(string name, params string[] arguments) =>
        ChildProcess.StartProgram(RepositoryRoot.ExecutableOf("Mesh.Cli", name), Variables(), arguments);

    public void Dispose() => _config.Dispose();

    private ProcessStartInfo StartInfo(string path, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in Variables())
            start.Environment[key] = value;
        return start;
    }

    private Dictionary<string, string?> Variables() => new(Environment)
    {
        ["XDG_CONFIG_HOME"] = _config.Path,
        ["MESH_REGISTRY"] = Environment.GetValueOrDefault("MESH_REGISTRY"),
        ["MESH_CONTROL_PLANE"] = Environment.GetValueOrDefault("MESH_CONTROL_PLANE"),
    };
}

/// <summary>How the program ended and what it printed.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
