using System.Text;

namespace Mesh.Bench;

/// <summary>A Markdown table.</summary>
internal sealed class Table(string caption, params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with a cell a column.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length) throw new ArgumentException($"{columns.Length} cells are needed, {cells.Length} given.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>The table with its caption under it; the first column is aligned left, numbers right.</summary>
    public string ToMarkdown()
    {
        var widths = columns.Select((column, i) => _rows.Select(row => row[i].Length).Append(column.Length).Append(3).Max()).ToArray();
        var text = new StringBuilder();
        Line(columns);
        text.Append("| ").AppendJoin(" | ", widths.Select((width, i) => i == 0 ? new string('-', width) : new string('-', width - 1) + ":")).AppendLine(" |");
        foreach (var row in _rows) Line(row);
        return text.AppendLine().AppendLine(caption).ToString();

        void Line(string[] cells) => text.Append("| ").AppendJoin(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).AppendLine(" |");
    }
}
