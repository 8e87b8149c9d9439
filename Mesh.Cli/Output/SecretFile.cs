using System.Text;
using Mesh.Cli.Running;

namespace Mesh.Cli.Output;

/// <summary>
/// A new file that only its owner can read, from its first byte on. It is made before what it is for is asked for: an answer that is given
/// once must have a place to go. Where nothing is written it is removed again.
/// </summary>
internal sealed class SecretFile : IDisposable
{
    private readonly FileStream _stream;
    private bool _written;

    /// <exception cref="CliFailure">The file exists.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SecretFile(string path)
    {
        Path = path;
        if (File.Exists(path)) throw new CliFailure(ExitCode.WrongUsage, $"{path} exists already; name a file that does not.");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _stream = new FileStream(path, options);
    }

    public string Path { get; }

    public async Task WriteAsync(string text)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        _stream.Flush(flushToDisk: true);
        _written = true;
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (!_written) File.Delete(Path);
    }
}
