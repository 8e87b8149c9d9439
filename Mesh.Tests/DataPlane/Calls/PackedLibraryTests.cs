using System.IO.Compression;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.DataPlane.Calls;

/// <summary>Mesh.DataPlane as a package, and a console program that has it from there.</summary>
public sealed class PackedLibraryTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_console_program_makes_calls_with_nothing_but_the_package()
    {
        var packages = _folder.File("packages");
        var built = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        foreach (var library in (string[])["Mesh.DataPlane", "Mesh.Xds", "Mesh.Contracts"])
            await DotnetSdk.Run(RepositoryRoot.Path, Deadline, "pack", $"libraries/{library}", "--no-build", "-c", built, "-o", packages,
                "-nodereuse:false");
        var package = Directory.GetFiles(packages, "Mesh.DataPlane.*.nupkg").Single();
        var text = await Nuspec(package);
        Assert.DoesNotContain("frameworkReference", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AspNetCore", text, StringComparison.OrdinalIgnoreCase);

        // What the packages depend on has been restored for this solution already: nothing is fetched.
        var program = _folder.File("program");
        Directory.CreateDirectory(program);
        foreach (var source in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "samples", "Caller"), "*.cs"))
            File.Copy(source, Path.Combine(program, Path.GetFileName(source)));
        var version = Path.GetFileNameWithoutExtension(package)["Mesh.DataPlane.".Length..];
        await File.WriteAllTextAsync(Path.Combine(program, "Program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>{_folder.File("restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{Restored}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Mesh.DataPlane" Version="{version}" />
              </ItemGroup>
            </Project>
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(program, "nuget.config"),
            $"""<configuration><packageSources><clear /><add key="own" value="{packages}" /></packageSources></configuration>""",
            TestContext.Current.CancellationToken);
        await DotnetSdk.Run(program, Deadline, "build", "-o", _folder.File("built"), "-nodereuse:false");

        await using var ailing = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await using var good = await TestUpstream.Named("good");
        await using var fallback = await TestUpstream.Named("fallback");
        await using var caller = ChildProcess.StartProgram(
            Path.Combine(_folder.File("built"), "Program"), null, $"127.0.0.1:{ailing.Port},127.0.0.1:{good.Port}",
            $"127.0.0.1:{fallback.Port}", "12");
        await caller.WaitForExit();
        Assert.True(caller.ExitCode == 0 && caller.Output.Contains($"tried again 3, fell back 0, ejected 127.0.0.1:{ailing.Port}"),
            caller.Output);
    }

    private static string Restored =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<string> Nuspec(string package)
    {
        await using var zip = await ZipFile.OpenReadAsync(package, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await zip.GetEntry("Mesh.DataPlane.nuspec")!.OpenAsync(TestContext.Current.CancellationToken));
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
