using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Mesh.LocalHosting.Engine;

/// <summary>Which built program a resource is, and with which arguments it is started.</summary>
/// <param name="root">The repository's root.</param>
/// <param name="outputFolder">Where AppHost's own build lies (<c>…/bin/Debug/net10.0/</c>): the others are of the same configuration.</param>
internal sealed class Executables(string root, string outputFolder)
{
    public (string Path, string[] Arguments) Of(IResource resource) => resource switch
    {
        RedisResource redis => (Built("local/Mesh.LocalRedis/Mesh.LocalRedis.csproj"), ["--port", $"{redis.PrimaryEndpoint.Port}"]),
        KafkaServerResource kafka => (Built("local/Mesh.LocalKafka/Mesh.LocalKafka.csproj"), ["--port", $"{kafka.PrimaryEndpoint.Port}"]),
        ProjectResource => (Built(resource.Annotations.OfType<IProjectMetadata>().Single().ProjectPath), []),
        _ => throw new DistributedApplicationException(
            $"The local engine cannot start '{resource.Name}' ({resource.GetType().Name}): it has projects, Redis and Kafka. Build with -p:UseAspire=true for the rest."),
    };

    private string Built(string project)
    {
        var output = new DirectoryInfo(outputFolder);
        var name = Path.GetFileNameWithoutExtension(project) + (OperatingSystem.IsWindows() ? ".exe" : "");
        var folder = Path.GetDirectoryName(Path.GetFullPath(project, root))!;
        var path = Path.Combine(folder, "bin", output.Parent!.Name, output.Name, name);
        return File.Exists(path) ? path : throw new DistributedApplicationException($"{path} is not there: run dotnet build.");
    }
}
