using System.Globalization;

namespace Mesh.Bench.Running;

/// <summary>A Markdown table, columns aligned so that it reads well in a terminal too.</summary>
internal sealed class Table(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public void Row(params object[] cells) => _rows.Add([.. cells.Select(cell => cell switch
    {
        double number => number.ToString(number >= 100 ? "N0" : "0.00", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    })]);

    public void Print()
    {
        var widths = Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        for (var i = 0; i < _rows.Count; i++)
        {
            var cells = _rows[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
            if (i > 0) continue;
            var rules = widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":");
            Console.WriteLine($"|{string.Join('|', rules)}|");
        }
    }
}
