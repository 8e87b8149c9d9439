namespace Mesh.Cli.Running;

/// <summary>Which of its names the program was started by.</summary>
internal static class ProgramName
{
    public const string Mesh = "cdaprod-mesh";
    public const string Registry = "cdaprod-registry";

    public const string Discovery = "cdaprod-mesh-discovery";

    /// <summary><see cref="Registry"/> or <see cref="Discovery"/> if the executable is called so, else <see cref="Mesh"/>.</summary>
    public static string Current { get; } = Of(Environment.ProcessPath);

    /// <inheritdoc cref="Current"/>
    public static string Of(string? processPath) =>
        Path.GetFileNameWithoutExtension(processPath)?.ToLowerInvariant() switch { Registry => Registry, Discovery => Discovery,
            _ => Mesh };
}
