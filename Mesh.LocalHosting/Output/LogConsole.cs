namespace Mesh.LocalHosting.Output;

/// <summary>
/// One stream of lines from many processes, each line with its resource's name in front, coloured on a terminal
/// (not when redirected, and not with <c>NO_COLOR</c>).
/// </summary>
internal sealed class LogConsole(TextWriter output, bool colours)
{
    private static readonly string[] Palette = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _prefixes = [];
    private int _width;

    public static LogConsole ForTerminal() =>
        new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>Announces the names to come, so that all are padded alike.</summary>
    public void Register(IEnumerable<string> names)
    {
        lock (_lock)
        {
            foreach (var name in names)
                _width = Math.Max(_width, name.Length);
        }
    }

    public void WriteLine(string name, string line)
    {
        lock (_lock)
        {
            if (!_prefixes.TryGetValue(name, out var prefix))
            {
                prefix = $"{name.PadRight(_width)} | ";
                if (colours)
                    prefix = $"\e[{Palette[_prefixes.Count % Palette.Length]}m{prefix}\e[0m";
                _prefixes[name] = prefix;
            }

            output.Write(prefix);
            Finish(line);
        }
    }

    /// <summary>Text of the engine itself, as it is.</summary>
    public void WriteBlock(string text)
    {
        lock (_lock)
            Finish(text);
    }

    private void Finish(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
