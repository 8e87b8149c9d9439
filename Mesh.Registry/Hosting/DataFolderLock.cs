using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Kernel.Settings;
using Mesh.Storage.Hosting;

namespace Mesh.Registry.Hosting;

/// <summary>
/// One Registry at a time on a folder with a SQLite log: an exclusively opened file, which the operating system lets go of however the
/// process ends. Beside it stands who holds it, for the message that the second one gives. A log on PostgreSQL is made for several, so it
/// takes no lock.
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private const string LockName = "registry.lock";
    private const string HolderName = "registry.json";
    private readonly FileStream? _lock;
    private readonly string _holder;

    private DataFolderLock(FileStream? held, string folder)
    {
        _lock = held;
        _holder = Path.Combine(folder, HolderName);
    }

    /// <summary>Takes the folder; null with a message for people if that cannot be.</summary>
    public static DataFolderLock? TryAcquire(IConfiguration configuration, out string problem)
    {
        problem = "";
        if (LogStoreFactory.SqliteFile(configuration) is not { } file)
            return new DataFolderLock(null, "");
        var folder = Path.GetDirectoryName(file)!;
        var setting = string.IsNullOrEmpty(configuration.GetConnectionString("mesh")) ? "MESH_DATA_DIR" : "ConnectionStrings__mesh";
        try
        {
            MeshData.CreateFolder(folder);
            var held = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var taken = new DataFolderLock(held, folder);
            taken.Write(null);
            return taken;
        }
        catch (UnauthorizedAccessException refused)
        {
            problem = $"The data folder {folder} cannot be written: {refused.Message} Choose another one with {setting}.";
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, LockName)))
        {
            var holder = ReadHolder(folder);
            problem =
                "A mesh is already running here (pid "
                    + $"{holder?.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"}, "
                + $"port {(holder?.Port is { } port ? port.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : "not open yet")}): {folder} is in use. "
                + $"Stop it, or set another folder with {setting}.";
        }
        catch (IOException failed)
        {
            problem = $"The data folder {folder} cannot be used: {failed.Message} Choose another one with {setting}.";
        }

        return null;
    }

    /// <summary>Writes the port beside the lock as soon as it is open.</summary>
    public void PublishAddressOf(WebApplication app)
    {
        if (_lock is null) return;
        app.Lifetime.ApplicationStarted.Register(() => Write(app.Urls.Select(url => new Uri(url).Port).Cast<int?>().FirstOrDefault()));
    }

    public void Dispose()
    {
        if (_lock is null) return;
        File.Delete(_holder);
        _lock.Dispose();
    }

    private static FolderHolder? ReadHolder(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, HolderName)), HolderJson.Default.FolderHolder);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Write(int? port) =>
        File.WriteAllBytes(_holder,
            JsonSerializer.SerializeToUtf8Bytes(new FolderHolder(Environment.ProcessId, port), HolderJson.Default.FolderHolder));
}

internal sealed record FolderHolder(int Pid, int? Port);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FolderHolder))]
internal sealed partial class HolderJson : JsonSerializerContext;
