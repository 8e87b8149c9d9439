using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Architecture;

/// <summary>What may know what. A new project gets its line here.</summary>
public class ReferenceTests
{
    private const string AnyModule = "modules/*";

    // Project → what it may reference. Hosts → modules → API, storage and messaging → kernel and data plane → contracts and xDS.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Mesh.Contracts"] = [],
        ["Mesh.Xds"] = [],
        ["Mesh.DataPlane"] = ["Mesh.Xds", "Mesh.Contracts"],
        ["Mesh.Kernel"] = ["Mesh.Contracts", "Mesh.Xds"],
        ["Mesh.Api"] = ["Mesh.Kernel", "Mesh.Contracts"],
        ["Mesh.Api.Client"] = ["Mesh.Contracts"],
        ["Mesh.Identity"] = ["Mesh.Api.Client", "Mesh.Contracts"],
        ["Mesh.AspNetCore"] = ["Mesh.Identity", "Mesh.Api.Client", "Mesh.Contracts"],
        ["Mesh.Storage"] = ["Mesh.Kernel", "Mesh.Contracts"],
        ["Mesh.Messaging"] = ["Mesh.Kernel", "Mesh.Contracts"],
        ["Mesh.ServiceDefaults"] = ["Mesh.Api", "Mesh.Kernel", "Mesh.AspNetCore", "Mesh.DataPlane"],
        ["Mesh.Modules"] = ["Mesh.Kernel", AnyModule],
        ["modules/*"] = ["Mesh.Api", "Mesh.Api.Client", "Mesh.Messaging", "Mesh.Kernel", "Mesh.DataPlane", "Mesh.Contracts", "Mesh.Xds"],
        ["Mesh.Registry"] = ["Mesh.Api", "Mesh.Storage", "Mesh.Messaging", "Mesh.Kernel", "Mesh.ServiceDefaults", "Mesh.Contracts",
            "Mesh.Modules"],
        ["Mesh.ControlPlane"] = ["Mesh.Api", "Mesh.Messaging", "Mesh.Kernel", "Mesh.DataPlane", "Mesh.ServiceDefaults", "Mesh.Contracts",
            "Mesh.Xds", "Mesh.Modules"],
        ["Mesh.Worker"] = ["Mesh.Api", "Mesh.Messaging", "Mesh.Kernel", "Mesh.ServiceDefaults", "Mesh.Contracts", "Mesh.Modules"],
        ["Mesh.Proxy"] = ["Mesh.AspNetCore", "Mesh.DataPlane", "Mesh.ServiceDefaults", "Mesh.Contracts", "Mesh.Xds"],
        ["Mesh.Client"] = ["Mesh.DataPlane", "Mesh.Contracts", "Mesh.Xds"],
        ["Mesh.Cli"] = ["Mesh.Api.Client", "Mesh.Identity", "Mesh.Contracts"],
        ["Mesh.LocalKafka"] = [],
        ["Mesh.LocalRedis"] = [],
        ["Mesh.AppHost"] = [],
        ["samples/*"] = ["Mesh.Api.Client", "Mesh.ServiceDefaults", "Mesh.DataPlane", "Mesh.Contracts", "Mesh.Client"],
    };

    private const string Kafka = "Confluent.Kafka", Redis = "StackExchange.Redis", PostgreSql = "Npgsql", Sqlite = "Microsoft.Data.Sqlite";

    // The list of the built-in ones is none itself.
    private static bool IsModule(SolutionProject project) =>
        project.Name != "Mesh.Modules" && SolutionProject.Relative(project.Folder).StartsWith("modules/", StringComparison.Ordinal);

    // The sample plug-in is a module as third parties write them.
    private static bool IsPlugIn(SolutionProject project) => project.Name == "Notices";

    private static bool IsFree(SolutionProject project) =>
        project.Name == "Mesh.Tests" || IsBench(project);

    private static bool IsBench(SolutionProject project) =>
        SolutionProject.Relative(project.Folder).StartsWith("bench/", StringComparison.Ordinal);

    [Fact]
    public void References_point_one_way()
    {
        var wrong = new List<string>();
        foreach (var project in SolutionProject.All.Where(project => !IsFree(project)))
        {
            var folder = SolutionProject.Relative(project.Folder);
            var key = IsModule(project) || IsPlugIn(project)
                ? "modules/*"
                : folder.StartsWith("samples/", StringComparison.Ordinal) ? "samples/*" : project.Name;
            if (!Allowed.TryGetValue(key, out var allowed))
                wrong.Add($"{folder} is new: say in {nameof(ReferenceTests)} what it may reference.");
            else
                wrong.AddRange(
                    project.Projects.Where(
                        name => !allowed.Contains(name) && !(allowed.Contains(AnyModule) && IsModule(SolutionProject.Named(name))))
                    .Select(name => $"{project.Name} must not reference {name}."));
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void No_module_is_named_outside_the_one_list()
    {
        var modules = SolutionProject.All.Where(IsModule).ToList();
        Assert.NotEmpty(modules);
        // Contracts have folders of the same names: they are public shapes, of whichever module.
        var type = new Regex($@"(?<![.\w])({string.Join('|', modules.Select(module => Regex.Escape(module.Name)))})\b");
        var files = from project in SolutionProject.All
                    where !IsModule(project) && !IsFree(project) && project.Name != "Mesh.Modules"
                    from file in project.Sources().Append(Path.Combine(project.Folder, $"{project.Name}.csproj"))
                    select file;
        Assert.Empty(Named(files, type));
        var list = SolutionProject.Named("Mesh.Modules");
        Assert.Equal([SolutionProject.Relative(Path.Combine(list.Folder, "BuiltInModules.cs"))],
            list.Sources().Where(file => type.IsMatch(File.ReadAllText(file))).Select(SolutionProject.Relative));
    }

    [Fact]
    public void No_host_names_a_module_or_what_is_a_modules_alone()
    {
        // As text too: a module's name, a permission of it or a stream.
        var names = Mesh.Modules.BuiltInModules.All().Select(module => module.Name);
        var text = new Regex($@"""({string.Join('|', names)})([./][a-z-]+)?""");
        string[] hosts = ["Mesh.Registry", "Mesh.ControlPlane", "Mesh.Worker"];
        Assert.Empty(Named(hosts.SelectMany(host => SolutionProject.Named(host).Sources()), text));
    }

    private static IEnumerable<string> Named(IEnumerable<string> files, Regex name) =>
        from file in files from line in File.ReadLines(
            file) where name.IsMatch(line) select $"{SolutionProject.Relative(file)}: {line.Trim()}";

    [Fact]
    public void One_class_connects_to_the_Registries()
    {
        // Data planes connect to control planes, and a probe to what it probes.
        var connecting = SolutionProject.All.Where(
            project => !IsFree(project) && project.Name != "Mesh.DataPlane"
                && !SolutionProject.Relative(project.Folder).StartsWith("samples/", StringComparison.Ordinal))
            .SelectMany(project => project.Sources())
            .Where(file => File.ReadAllText(file).Contains("GrpcChannel.ForAddress", StringComparison.Ordinal))
            .Select(SolutionProject.Relative);
        Assert.Equal(["libraries/Mesh.Messaging/Registries/RegistryChannels.cs", "modules/Mesh.Discovery/Probing/Probes/GrpcProbe.cs"],
            connecting.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_module_references_another_module() =>
        Assert.Empty(SolutionProject.All.Where(IsModule)
            .SelectMany(
                module => module.Closure().Where(other => IsModule(other) && other.Name != module.Name)
                    .Select(other => $"{module.Name} → {other.Name}")));

    [Theory]
    [InlineData("Mesh.DataPlane")]
    [InlineData("Mesh.Cli")]
    [InlineData("Mesh.Api.Client")]
    public void A_library_for_every_process_drags_in_no_web_framework(string name)
    {
        var closure = SolutionProject.Named(name).Closure().ToList();
        Assert.Empty(closure.SelectMany(project => project.Frameworks.Select(framework => $"{project.Name} → {framework}")));
        Assert.DoesNotContain(Packages(SolutionProject.Named(name)),
            package => package.StartsWith("Microsoft.AspNetCore.", StringComparison.OrdinalIgnoreCase)
            || package.StartsWith("Grpc.AspNetCore.", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(FrameworksOfPackages(SolutionProject.Named(name)), framework => framework == "Microsoft.AspNetCore.App");
    }

    [Theory]
    [InlineData("Mesh.Kernel", Kafka, Redis, PostgreSql, Sqlite, "Grpc.AspNetCore.Server", "Grpc.Net.Client")]
    [InlineData("Mesh.Api", Kafka, Redis, PostgreSql, Sqlite)]
    [InlineData("Mesh.Storage", Kafka, Redis, "Grpc.AspNetCore.Server")]
    [InlineData("Mesh.Messaging", PostgreSql, Sqlite, "Grpc.AspNetCore.Server")]
    [InlineData("Mesh.ServiceDefaults", Kafka, Redis, PostgreSql, Sqlite)]
    [InlineData("Mesh.Proxy", Kafka, Redis, PostgreSql, Sqlite)]
    [InlineData("Mesh.ControlPlane", PostgreSql, Sqlite)]
    [InlineData("Mesh.Worker", PostgreSql, Sqlite)]
    public void A_program_carries_no_driver_that_it_does_not_use(string name, params string[] drivers) =>
        Assert.Empty(Packages(SolutionProject.Named(name)).Intersect(drivers));

    [Theory]
    [InlineData("Mesh.Kernel")]
    [InlineData("Mesh.Storage")]
    public void Rules_and_stores_need_no_web_framework(string name) =>
        Assert.Empty(SolutionProject.Named(name).Closure().SelectMany(project => project.Frameworks));

    [Theory]
    [InlineData("Aspire.", "no host knows who has started it")]
    [InlineData("Moq", "tests use real things")]
    [InlineData("NSubstitute", "tests use real things")]
    [InlineData("FakeItEasy", "tests use real things")]
    [InlineData("Newtonsoft.Json", "JSON is source-generated System.Text.Json")]
    [InlineData("MediatR", "a command is decided by its own method")]
    [InlineData("AutoMapper", "shapes are mapped where they meet")]
    public void No_project_resolves_a_forbidden_package(string prefix, string because)
    {
        // What foreign programs that are only started bring along is theirs; benchmarks are not shipped.
        var found = SolutionProject.All
            .Where(project => project.Name is not ("Mesh.LocalRedis" or "Mesh.LocalKafka") && !IsBench(project))
            // AppHost, and the tests that start it, carry what Aspire brings.
            .Where(project => !(prefix is "Aspire." or "Newtonsoft.Json" && project.Name is ("Mesh.AppHost" or "Mesh.Tests")))
            .SelectMany(
                project => Packages(project)
                    .Where(package => package.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && !IsClientIntegration(package))
                .Select(package => $"{project.Name} → {package}"));
        Assert.True(!found.Any(), $"{because}: {string.Join(", ", found)}");
    }

    // Redis by Aspire's names and with its telemetry, see docs/dependencies.md. It needs no app host, and nothing else of Aspire comes with
    // it.
    private static bool IsClientIntegration(string package) => package == "Aspire.StackExchange.Redis";

    // All packages that NuGet resolved for a project, near and far.
    private static List<string> Packages(SolutionProject project)
    {
        using var assets = Assets(project);
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package")
            .Select(library => library.Name[..library.Name.IndexOf('/')])];
    }

    private static List<string> FrameworksOfPackages(SolutionProject project)
    {
        using var assets = Assets(project);
        return [.. assets.RootElement.GetProperty("targets").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject())
            .Where(library => library.Value.TryGetProperty("frameworkReferences", out _))
            .SelectMany(library => library.Value.GetProperty("frameworkReferences").EnumerateArray())
            .Select(framework => framework.GetString()!)];
    }

    private static JsonDocument Assets(SolutionProject project)
    {
        var file = Path.Combine(project.Folder, "obj", "project.assets.json");
        Assert.True(File.Exists(file), $"{project.Name} has not been restored: {file} is missing. Run dotnet build.");
        return JsonDocument.Parse(File.ReadAllBytes(file));
    }
}
