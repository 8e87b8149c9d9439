namespace Mesh.Tests.Support;

/// <summary>A file system of a few megabytes in memory, which a test can fill up.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Path => _folder.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Mounts one; skips the test where that is not allowed.</summary>
    public static async Task<SmallDisk> Mount(int megabytes)
    {
        var disk = new SmallDisk();
        await using var mount = ChildProcess.StartShared(
            Requires.Program("mount", "apt-get install mount"), null, "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path);
        await mount.WaitForExit();
        if (mount.ExitCode != 0) Requires.Missing($"A small file system cannot be mounted (root is needed): {mount.Output}");
        return disk;
    }

    /// <summary>Leaves no room.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full, as was wanted.
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await using var unmount = ChildProcess.StartShared(Requires.Program("umount", "apt-get install mount"), null, "-l", Path);
        await unmount.WaitForExit();
        _folder.Dispose();
    }
}
