namespace Mesh.AppHost.Running;

/// <summary>What people who started the mesh read. Each line is whole, whoever writes at the same time.</summary>
internal sealed class Terminal(TextWriter output)
{
    private readonly Lock _lock = new();

    /// <summary>A line about a resource.</summary>
    public void Say(string resource, string line) => Say($"{resource,-12} | {line}");

    /// <summary>Text as it is.</summary>
    public void Say(string text)
    {
        lock (_lock)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }
}
