namespace Mesh.Bench;

/// <summary>One comparison.</summary>
internal interface IBench
{
    /// <summary>What it is called by on the command line.</summary>
    string Letter { get; }

    /// <summary>What is compared.</summary>
    string Title { get; }

    /// <summary>Measures all sides, each for about <paramref name="duration"/>, and gives the tables.</summary>
    Task<IReadOnlyList<Table>> RunAsync(TimeSpan duration);
}
