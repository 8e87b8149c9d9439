namespace Mesh.Cli.Output;

/// <summary>Left-aligned columns under a heading, two blanks apart.</summary>
internal sealed class Table(params string[] heading)
{
    private readonly List<string[]> _rows = [heading];

    /// <summary>What is printed instead of a table without rows.</summary>
    public string WhenEmpty { get; init; } = "none";

    /// <summary>A row; null and empty cells show as <c>-</c>.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : cell)]);

    public void WriteTo(TextWriter output)
    {
        if (_rows.Count == 1)
        {
            output.WriteLine(WhenEmpty);
            return;
        }

        var widths = Enumerable.Range(0, heading.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
