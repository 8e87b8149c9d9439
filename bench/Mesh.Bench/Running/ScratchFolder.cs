namespace Mesh.Bench.Running;

/// <summary>A folder of one run, gone after it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mesh-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
