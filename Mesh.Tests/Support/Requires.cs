namespace Mesh.Tests.Support;

/// <summary>
/// Foreign programs a test needs. Absent, the test is skipped with the command that installs them, or fails when
/// <c>MESH_TEST_REQUIRE_ALL=1</c> says that everything should be here.
/// </summary>
public static class Requires
{
    private static readonly string[] FurtherFolders = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

    /// <summary>The full path of <paramref name="name"/>, or a skipped (or failed) test.</summary>
    public static string Program(string name, string installCommand)
    {
        if (Find(name) is { } path)
            return path;
        Missing($"{name} is not installed: {installCommand}");
        return name;
    }

    /// <summary>Skips or fails the running test because something it needs is absent.</summary>
    public static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("MESH_TEST_REQUIRE_ALL") == "1")
            Assert.Fail(what);
        Assert.Skip(what);
    }

    /// <summary>
    /// The full path of a program on PATH, in an sbin folder or (newest first) in a Debian PostgreSQL folder; null if absent.
    /// </summary>
    public static string? Find(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var postgres = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            : [];
        return path.Concat(FurtherFolders).Concat(postgres).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
