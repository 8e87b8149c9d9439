using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>What AppHost publishes, as azd and other tools read it.</summary>
internal sealed class Manifest(JsonNode json)
{
    private static readonly TimeSpan AtTheLatest = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        IndentSize = 2,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public JsonObject Resources => json["resources"]!.AsObject();

    public JsonNode this[string resource] => Resources[resource]!;

    /// <summary>Makes it as azd does, with these services named by whoever deploys.</summary>
    public static async Task<Manifest> Publish(params string[] named)
    {
        using var folder = new TempFolder();
        var environment = new Dictionary<string, string?> { ["ConnectionStrings__redis"] = null };
        foreach (var service in named) environment[$"ConnectionStrings__{service}"] = "named";
        await using var apphost = ChildProcess.Start("Mesh.AppHost", environment, "--publisher", "manifest", "--output-path",
            folder.File("manifest.json"));
        await apphost.WaitForExit(AtTheLatest);
        Assert.True(apphost.ExitCode == 0, apphost.Output);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(folder.File("manifest.json"), TestContext.Current.CancellationToken))!;
        foreach (var (_, resource) in json["resources"]!.AsObject())
        {
            // Relative to the manifest, wherever that is: on file, to the repository's root.
            if (resource!["path"] is { } path)
                resource["path"] = Path.GetRelativePath(RepositoryRoot.Path, Path.GetFullPath($"{path}", folder.Path)).Replace('\\', '/');
        }

        return new Manifest(json);
    }

    public override string ToString() => json.ToJsonString(Indented) + "\n";
}
