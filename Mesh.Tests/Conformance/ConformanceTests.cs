namespace Mesh.Tests.Conformance;

/// <summary>
/// One table of scenarios against every data plane: the xDS interoperability tests of gRPC (<c>doc/xds-test-descriptions.md</c>) and ours.
/// The mesh is real and its rules come through the Registry's REST interface. Where a data plane is known to lack something, what it does
/// instead is asserted.
/// </summary>
[Collection(ConformanceCollection.Name)]
public class ConformanceTests(ConformanceMesh mesh)
{
    // Names of services are DNS labels, and scenarios have services beside their own.
    private const int LongestName = 40;

    /// <summary>One after another for each data plane, so that a client without its program leaves the others alone.</summary>
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in DataPlaneKind.All)
            {
                foreach (var scenario in Scenario.All) cases.Add(kind.Name, scenario.Name);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_data_plane_does_what_the_table_says(string dataPlane, string scenario)
    {
        var kind = DataPlaneKind.All.Single(k => k.Name == dataPlane);
        var row = Scenario.All.Single(s => s.Name == scenario);
        var run = kind.Lacks.ContainsKey(scenario)
            ? row.Instead
                ?? throw new InvalidOperationException(
                    $"{dataPlane} lacks '{scenario}', and the scenario does not say how to assert what it does instead.")
            : row.Run;
        await using var bench = new Bench(mesh, kind, await mesh.Plane(kind),
            $"{scenario[..Math.Min(scenario.Length, LongestName)].Replace('_', '-')}-{mesh.NextRun()}");
        await run(bench);
    }
}
