using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>Starts that come to nothing end with what was in the way, and those that wait say what for.</summary>
public sealed class AppHostStartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60), AtTheLatest = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_proxy_in_the_environment_is_not_asked_for_what_is_on_this_machine()
    {
        OnLinux();
        await using var apphost = new RunningAppHost(new()
        {
            ["HTTP_PROXY"] = "http://127.0.0.1:9",
            ["HTTPS_PROXY"] = "http://127.0.0.1:9",
            ["NO_PROXY"] = "internal.example",
        });
        await apphost.IsReady();
    }

    [Fact]
    public async Task Whoever_listens_on_the_other_loopback_is_no_part_of_the_mesh_and_holds_its_port()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6, "the machine has no IPv6");
        using var holder = new System.Net.Sockets.TcpListener(System.Net.IPAddress.IPv6Loopback, 0);
        holder.Start();
        var offset = ((System.Net.IPEndPoint)holder.LocalEndpoint).Port - 7499;
        await using var apphost = ChildProcess.Start("Mesh.AppHost", null, "--port-offset", $"{offset}");
        await apphost.WaitForExit(Soon);
        Assert.Equal(1, apphost.ExitCode);
        Assert.Contains($"{7499 + offset} (dashboard) is held by", apphost.Output);
    }

    [Theory]
    [InlineData(2, "'--dmeo' is not an option.", "--dmeo")]
    [InlineData(0, "Usage: dotnet run --project Mesh.AppHost", "--help")]
    [InlineData(0, "0.1.0+", "--version")]
    public async Task The_command_line_is_answered_without_starting_anything(int exitCode, string said, params string[] arguments)
    {
        await using var apphost = ChildProcess.Start("Mesh.AppHost", null, arguments);
        await apphost.WaitForExit(Soon);
        Assert.Equal(exitCode, apphost.ExitCode);
        Assert.Contains(said, apphost.Output);
    }

    [Fact]
    public async Task Without_a_container_engine_a_mesh_of_containers_is_refused_with_what_to_do()
    {
        using var empty = new TempFolder();
        await using var apphost = new RunningAppHost(new() { ["PATH"] = empty.Path }, "--containers");
        await apphost.Process.WaitForExit(Soon);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains("docker is not installed", apphost.Process.Output);
        Assert.Contains("podman is not installed", apphost.Process.Output);
        Assert.Contains("leave --containers out", apphost.Process.Output);
    }

    [Fact]
    public async Task A_host_that_ends_at_each_start_ends_the_mesh_in_the_end()
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await Eventually.True(() =>
        {
            foreach (var pid in apphost.Children()["Mesh.Registry"])
                ChildProcess.Kill(pid);
            return apphost.Process.HasExited;
        }, AtTheLatest, "it gives up");
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains("registry ended with a signal (killed, or crashed) at each of 5 starts", apphost.Process.Output);
    }

    [Fact]
    public async Task A_start_that_waits_says_what_for_and_what_the_host_has_warned_of()
    {
        OnLinux();
        using var folder = new TempFolder();
        await using var holder = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder.File("mesh.db")};Pooling=False");
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using (var hold = holder.CreateCommand())
        {
            hold.CommandText = "BEGIN EXCLUSIVE";
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var apphost = new RunningAppHost(new() { ["MESH_DATA_DIR"] = folder.Path });
        await Eventually.True(() => apphost.Process.Output.Contains("registry (running)", StringComparison.Ordinal), AtTheLatest,
            "it says what it waits for");
        await Eventually.True(
            () => apphost.Process.Output.Contains("'database is locked'", StringComparison.Ordinal),
            Soon,
            "and what that has warned of");
        apphost.Process.Signal(2);
        await apphost.Process.WaitForExit(Soon);
        Assert.Contains("Ending, before everything has started", apphost.Process.Output);
    }

    [Fact]
    public async Task A_host_that_cannot_use_its_settings_is_started_once()
    {
        OnLinux();
        await using var apphost = new RunningAppHost(new() { ["Mesh__Kernel__MaxBatch"] = "-1" });
        await apphost.Process.WaitForExit(AtTheLatest);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains("MaxBatch", apphost.Process.Output);
        Assert.Contains("registry cannot use its settings", apphost.Process.Output);
        Assert.DoesNotContain("starts again", apphost.Process.Output);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_ends_it_at_once_with_the_file_and_what_to_do()
    {
        OnLinux();
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("mesh.db"), string.Concat(Enumerable.Repeat("no database at all; ", 1000)));
        await using var apphost = new RunningAppHost(new() { ["MESH_DATA_DIR"] = folder.Path });
        await apphost.Process.WaitForExit(AtTheLatest);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains($"{folder.File("mesh.db")}: cannot open: SQLite Error 26: 'file is not a database'", apphost.Process.Output);
        Assert.Contains("Restore a copy of it", apphost.Process.Output);
        Assert.Contains("registry cannot use its settings or its data", apphost.Process.Output);
        Assert.DoesNotContain("starts again", apphost.Process.Output);
    }

    [Fact]
    public async Task A_data_folder_that_another_mesh_has_ends_it_with_the_reason()
    {
        OnLinux();
        using var folder = new TempFolder();
        using var held = new FileStream(folder.File("registry.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await using var apphost = new RunningAppHost(new() { ["MESH_DATA_DIR"] = folder.Path });
        await apphost.Process.WaitForExit(AtTheLatest);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains($"{folder.Path} is in use", apphost.Process.Output);
        Assert.DoesNotContain("starts again", apphost.Process.Output);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_ends_it_with_the_reason()
    {
        OnLinux();
        using var folder = new TempFolder();
        // Who runs as root may write everywhere, but nobody writes to a folder as if it were a file.
        Directory.CreateDirectory(folder.File("registry.lock"));
        await using var apphost = new RunningAppHost(new() { ["MESH_DATA_DIR"] = folder.Path });
        await apphost.Process.WaitForExit(AtTheLatest);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains($"The data folder {folder.Path} cannot be written", apphost.Process.Output);
        Assert.DoesNotContain("starts again", apphost.Process.Output);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_ends_it_with_the_reason()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        await using var apphost = new RunningAppHost(new() { ["MESH_DATA_DIR"] = folder.File("file/data") });
        await apphost.Process.WaitForExit(Soon);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.StartsWith($"The data folder {folder.File("file/data")} cannot be made: ", apphost.Process.Output);
        Assert.EndsWith("Choose another one with MESH_DATA_DIR.", apphost.Process.Output);
    }

    [Fact]
    public async Task A_context_file_that_cannot_be_written_is_a_warning()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        await using var apphost = new RunningAppHost(new() { ["XDG_CONFIG_HOME"] = folder.File("file") });
        await apphost.IsReady();
        Assert.Contains($"{folder.File("file/cdaprod-mesh/contexts.json")} cannot be written", apphost.Process.Output);
        Assert.Equal(0, await apphost.Process.Terminate(AtTheLatest));
    }

    private static void OnLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "looks into /proc");
}
