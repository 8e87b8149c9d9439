namespace Mesh.Bench.Running;

/// <summary>CPU time of some programs among many processes, each by itself, and of all others together.</summary>
internal sealed class PartsCpu(IReadOnlyList<(string Name, int Id)> processes, IReadOnlyList<string> parts)
{
    private TimeSpan[] _before = [];

    /// <summary>From now on.</summary>
    public void Begin() => _before = Now();

    /// <summary>Microseconds for each of so many calls since then: one figure for each part, and at last that of the others.</summary>
    public double[] MicrosecondsEach(long calls) => [.. Now().Zip(_before, (now, before) => (now - before).TotalMicroseconds / calls)];

    private TimeSpan[] Now()
    {
        var spent = new TimeSpan[parts.Count + 1];
        foreach (var (name, id) in processes)
        {
            var part = parts.Index().Where(part => part.Item == name).Select(part => part.Index).FirstOrDefault(parts.Count);
            spent[part] += Child.OwnCpu(id);
        }

        return spent;
    }
}
