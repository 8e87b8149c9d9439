namespace Mesh.Cli.Output;

/// <summary>How answers are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>The mesh's answer, indented.</summary>
    Json,

    /// <summary>The same as YAML.</summary>
    Yaml,
}
