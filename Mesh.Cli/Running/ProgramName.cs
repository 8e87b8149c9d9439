namespace Mesh.Cli.Running;

/// <summary>Which of its two names the program was started by.</summary>
internal static class ProgramName
{
    public const string Mesh = "cdaprod-mesh";
    public const string Registry = "cdaprod-registry";

    /// <summary><see cref="Registry"/> if the executable is called so, else <see cref="Mesh"/>.</summary>
    public static string Current { get; } = Of(Environment.ProcessPath);

    /// <inheritdoc cref="Current"/>
    public static string Of(string? processPath) =>
        string.Equals(Path.GetFileNameWithoutExtension(processPath), Registry, StringComparison.OrdinalIgnoreCase) ? Registry : Mesh;
}
