using Mesh.DataPlane.Calls;

namespace Mesh.Samples.Caller;

/// <summary>Counts what happens to calls, each by its name.</summary>
public sealed class Counts : ICallEvents
{
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>How often it happened.</summary>
    public int Of(string name)
    {
        lock (_counts)
            return _counts.GetValueOrDefault(name);
    }

    /// <inheritdoc/>
    public void TriedAgain(string service) => Add("again");

    /// <inheritdoc/>
    public void OutOfBudget(string service) => Add("out of budget");

    /// <inheritdoc/>
    public void Overflowed(string service, string limit) => Add($"overflowed {limit}");

    /// <inheritdoc/>
    public void Dropped(string service, string category) => Add($"dropped {category}");

    /// <inheritdoc/>
    public void Mirrored(string service, string result) => Add($"mirrored {result}");

    /// <inheritdoc/>
    public void FaultInjected(string service, string kind) => Add($"fault {kind}");

    /// <inheritdoc/>
    public void FellBack(string service) => Add("fell back");

    private void Add(string name)
    {
        lock (_counts)
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
    }
}
