using System.Text.RegularExpressions;
using Mesh.Tests.Support;
using SharedRegistry = Mesh.Tests.Registry.SharedRegistry;

namespace Mesh.Tests.Cli;

/// <summary>What the documents show as a file for <c>-f</c> is taken as it stands.</summary>
public sealed partial class DocExampleTests(SharedRegistry registry) : IClassFixture<SharedRegistry>, IDisposable
{
    private readonly CliProgram _cli = new() { Environment = { ["MESH_REGISTRY"] = registry.Address.ToString() } };
    private readonly TempFolder _files = new();

    public void Dispose()
    {
        _cli.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task The_route_and_the_policy_of_traffic_md_and_the_canary_of_delivery_md()
    {
        foreach (var (version, port) in ((string, int)[])[("v1", 9001), ("v2", 9002)])
            Ok(await _cli.Registry("register", "shop", $"--url=http://127.0.0.1:{port}", $"--version={version}"));
        Ok(await _cli.Mesh("traffic", "route", "add", "-f", await Example("traffic.md", 0)));
        Ok(await _cli.Mesh("traffic", "policy", "set", "--service=shop", "-f", await Example("traffic.md", 1)));
        Ok(await _cli.Mesh("traffic", "route", "add", "--service=shop", "--destination=shop@v1"));
        Ok(await _cli.Mesh("traffic", "canary", "start", "-f", await Example("delivery.md", 0)));
    }

    private async Task<string> Example(string document, int number)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", document), TestContext.Current.CancellationToken);
        var file = Path.Combine(_files.Path, $"{document}.{number}.yaml");
        await File.WriteAllTextAsync(file, Block().Matches(text)[number].Groups["yaml"].Value, TestContext.Current.CancellationToken);
        return file;
    }

    private static void Ok(CliResult result) => Assert.True(result.ExitCode == 0, result.ToString());

    [GeneratedRegex("^```yaml\n(?<yaml>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
