using System.Text;
using System.Xml.Linq;
using Mesh.Kernel.Settings;

namespace Mesh.Security.Keys;

/// <summary>The folder of a key ring, with a file for each key, as Data Protection reads it.</summary>
/// <param name="path">The folder.</param>
internal sealed class RingFolder(string path)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path => path;

    /// <summary>The files of the ring.</summary>
    public IReadOnlyList<string> Files => Directory.Exists(path) ? Directory.GetFiles(path, "*.xml") : [];

    /// <summary>Adds keys, each durable before anything is encrypted by it, and gives their files.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> Add(IEnumerable<string> elements)
    {
        MeshData.CreateFolder(path);
        return [.. elements.Select(Add)];
    }

    /// <summary>Removes files.</summary>
    /// <exception cref="IOException">One cannot be removed.</exception>
    public static void Remove(IEnumerable<string> files)
    {
        foreach (var file in files) File.Delete(file);
    }

    private string Add(string element)
    {
        var file = System.IO.Path.Combine(path, $"key-{XElement.Parse(element).Attribute("id")!.Value}.xml");
        var next = file + ".next";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Owner;
        using (var stream = new FileStream(next, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(element));
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
        return file;
    }
}
