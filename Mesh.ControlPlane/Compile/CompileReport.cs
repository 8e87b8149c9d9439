namespace Mesh.ControlPlane.Compile;

/// <summary>What the last compile could not do, for people; replaced as a whole after each compile.</summary>
internal sealed class CompileReport
{
    private volatile Content _content = new(new Dictionary<string, IReadOnlyList<string>>(), []);

    /// <summary>By service, or by the type of a module's contributor: why the last good version stays.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Problems => _content.Problems;

    /// <summary>Clusters that routes refer to and nobody has.</summary>
    public IReadOnlyList<string> Unresolved => _content.Unresolved;

    public void Replace(XdsCompiler compiler)
    {
        if (_content.Problems.Count == 0 && _content.Unresolved.Count == 0 && compiler.Problems.Count == 0
            && compiler.ContributorFaults.Count == 0 && compiler.Unresolved.Count == 0) return;
        var problems = compiler.Problems.ToDictionary(p => p.Key.MeshName, p => p.Value);
        foreach (var (contributor, fault) in compiler.ContributorFaults) problems[contributor] = [fault];
        _content = new(problems, [.. compiler.Unresolved]);
    }

    private sealed record Content(IReadOnlyDictionary<string, IReadOnlyList<string>> Problems, IReadOnlyList<string> Unresolved);
}
