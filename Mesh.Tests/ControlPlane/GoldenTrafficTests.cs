using System.Text.Json;
using Mesh.Cli.Input;
using Mesh.ControlPlane.Snapshots;
using Mesh.DataPlane.Configuration;
using Mesh.Resilience.Policies;
using Mesh.Tests.Resilience.Support;
using Mesh.Tests.Support;
using Mesh.Tests.Traffic.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// What routes and policies compile to: each folder of <c>Golden/traffic</c> holds an <c>input.yaml</c> (registrations, routes, policies,
/// resilience policies, and which resources to look at) and what each flavour gets. With <c>MESH_GOLDEN_UPDATE=1</c> the files are written
/// instead of compared; read the difference before committing it.
/// </summary>
public class GoldenTrafficTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "ControlPlane", "Golden", "traffic");

    public static TheoryData<string> Cases =>
        new(Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Routes_compile_to_the_resources_on_file(string name)
    {
        var (input, snapshot) = Compile(name);
        var shown = Items(input, "show").Select(one => one.GetString()!).ToHashSet(StringComparer.Ordinal);
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            var made = new SnapshotText(snapshot).Of(flavour, (type, resource) => shown.Contains($"{type}/{resource}"));
            var path = Path.Combine(Folder, name, $"expected.{flavour.ToString().ToLowerInvariant()}.json");
            if (Environment.GetEnvironmentVariable("MESH_GOLDEN_UPDATE") == "1") File.WriteAllText(path, made);
            Assert.Equal(File.ReadAllText(path), made);
        }

        var data = new ConfigState(wildcard: true, TimeSpan.FromSeconds(5), new FakeTimeProvider());
        foreach (var type in XdsTypes.OfServices)
        {
            var response = new DeltaDiscoveryResponse { TypeUrl = type.Url, Nonce = "1" };
            var view = snapshot[XdsFlavour.Mesh];
            response.Resources.AddRange(view.Names(type).Select(resource => view.Find(type, resource)!.Delta));
            Assert.Empty(data.Apply(response));
        }
    }

    [Fact]
    public void There_are_enough_cases() => Assert.True(Cases.Count >= 40, $"{Cases.Count} cases");

    /// <summary>A case's input and all that it compiles to.</summary>
    internal static (JsonElement Input, XdsSnapshot Snapshot) Compile(string name)
    {
        var input = Assert.Single(YamlInput.Read(File.ReadAllText(Path.Combine(Folder, name, "input.yaml"))));
        var log = new TrafficLog(resilience: Items(input, "resilience").Any());
        foreach (var service in Items(input, "services")) log.Register(service.GetRawText());
        foreach (var policy in Items(input, "policies")) log.Policy(policy.GetProperty("service").GetString()!, policy.GetRawText());
        foreach (var route in Items(input, "routes")) Assert.Null(log.Set(route.GetRawText()).Refusal);
        foreach (var policy in Items(input, "resilience").SelectMany(item => item.EnumerateObject()))
            Assert.Null(log.Send(ResilienceLog.Command(PolicyKinds.Parse(policy.Name)!.Value, policy.Value.GetRawText())).Refusal);
        var snapshot = log.Compile(reset: true);
        Assert.Empty(log.Compiler.Problems);
        return (input, snapshot);
    }

    private static IEnumerable<JsonElement> Items(JsonElement input, string name) =>
        input.TryGetProperty(name, out var items) ? items.EnumerateArray() : [];
}
