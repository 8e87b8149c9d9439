namespace Mesh.LocalHosting.Engine;

/// <summary>What differs between a mesh that somebody runs and one that a test starts.</summary>
internal sealed record EngineSettings
{
    public required string Root { get; init; }

    public required string DataFolder { get; init; }

    public required int PortOffset { get; init; }

    /// <summary>Free ports in place of the pinned ones.</summary>
    public bool RandomPorts { get; init; }

    /// <summary>Where the context file goes; null writes none.</summary>
    public string? ContextFolder { get; init; }

    /// <summary>A <c>dotnet run</c> in between that is killed ends the mesh too.</summary>
    public bool EndWithLauncher { get; init; }

    public string BinFolder => Path.Combine(Root, "bin");
}
