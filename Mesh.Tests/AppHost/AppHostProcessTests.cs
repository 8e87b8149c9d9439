using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

public sealed class AppHostProcessTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60), AtTheLatest = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Killed_it_leaves_no_process_behind()
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        int[] children = [.. apphost.Children().SelectMany(pids => pids)];
        Assert.NotEmpty(children);

        await apphost.Process.Kill();
        await Eventually.True(() => !children.Any(RunningAppHost.Lives), AtTheLatest,
            "the orchestrator sees that AppHost was killed, and ends all");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Asked_to_end_it_ends_all_and_in_order(int signal)
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        int[] children = [.. apphost.Children().SelectMany(pids => pids)];
        Assert.True(children.Length > 6);

        apphost.Process.Signal(signal);
        await apphost.Process.WaitForExit(AtTheLatest);
        Assert.Equal(0, apphost.Process.ExitCode);
        await Eventually.True(() => !children.Any(RunningAppHost.Lives), Soon, "nothing is left");
        Assert.Equal("""{"contexts":{}}""", JsonNode.Parse(File.ReadAllText(apphost.ContextFile))!.ToJsonString());
        var output = apphost.Process.Output;
        Assert.True(
            output.LastIndexOf("Ending: redis, kafka",
                StringComparison.Ordinal) > output.IndexOf("Ending: registry", StringComparison.Ordinal), output);
        Assert.DoesNotContain("is killed", output);
    }

    [Fact]
    public async Task Asked_again_it_cuts_off_the_requests_that_it_waits_for()
    {
        OnLinux();
        var cancel = TestContext.Current.CancellationToken;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var silent = new TcpServer(async (socket, end) =>
        {
            await socket.ReceiveAsync(new byte[4096], end);
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, end);
        });
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        using var http = new HttpClient();
        using var registered = await http.PostAsJsonAsync(
            $"{apphost.Registry}/api/discovery/register", new { name = "silent", url = $"http://127.0.0.1:{silent.Port}" }, cancel);
        registered.EnsureSuccessStatusCode();
        var request = http.GetAsync($"http://127.0.0.1:{7480 + apphost.Offset}/silent/", cancel);
        await asked.Task.WaitAsync(Soon, cancel);

        apphost.Process.Signal(2);
        await Eventually.True(() => apphost.Process.Output.Contains("Ctrl+C again cuts them off", StringComparison.Ordinal), Soon,
            "it says what it waits for");
        apphost.Process.Signal(2);
        await apphost.Process.WaitForExit(Soon);
        Assert.Contains("gateway is cut off", apphost.Process.Output);
        Assert.Equal(0, apphost.Process.ExitCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => request);
    }

    [Fact]
    public async Task A_running_mesh_is_found_by_its_context_names_itself_to_a_second_one_and_heals()
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        Assert.Contains($"http://127.0.0.1:{7499 + apphost.Offset}/login?t=", apphost.Process.Output);

        var contexts = JsonNode.Parse(File.ReadAllText(apphost.ContextFile))!;
        Assert.Equal($"local-{apphost.Offset}", $"{contexts["current"]}");
        var context = contexts["contexts"]![$"local-{apphost.Offset}"]!;
        Assert.Equal(apphost.Registry, $"{context["registry"]}");
        Assert.Equal($"http://127.0.0.1:{7420 + apphost.Offset}", $"{context["worker"]}");
        Assert.Equal($"http://127.0.0.1:{7499 + apphost.Offset}", $"{context["dashboard"]}");
        Assert.NotEmpty($"{context["dashboardKey"]}");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(apphost.Data));

        await using var second = ChildProcess.Start("Mesh.AppHost", apphost.Environment, "--port-offset", $"{apphost.Offset}");
        await second.WaitForExit(Soon);
        Assert.Equal(1, second.ExitCode);
        var registry = apphost.Children()["Mesh.Registry"].Single();
        Assert.Contains($"{7400 + apphost.Offset} (registry) is held by Mesh.Registry (pid {registry})", second.Output);
        Assert.Contains($"--port-offset {apphost.Offset + 1000}", second.Output);

        System.Diagnostics.Process.GetProcessById(registry).Kill();
        await Eventually.True(() => apphost.Children()["Mesh.Registry"].Any(pid => pid != registry), Soon,
            "a killed process is started again");
        await apphost.Process.Ready($"{apphost.Registry}/health/live");
        Assert.Contains("registry ended with a signal (killed, or crashed); it starts again in 0.5 s", apphost.Process.Output);
        Assert.Equal($"http://127.0.0.1:{7400 + apphost.Offset}",
            Variable(apphost.Children()["Mesh.ControlPlane"].Single(), "services__registry__http__0"));
    }

    [Fact]
    public async Task A_host_that_somebody_ends_by_a_signal_is_started_again()
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        var worker = apphost.Children()["Mesh.Worker"].Single();
        ChildProcess.Signal(worker, 15);
        await Eventually.True(() => apphost.Children()["Mesh.Worker"].Any(pid => pid != worker), Soon, "it is started again");
        Assert.Contains("worker ended with exit code 0; it starts again in 0.5 s", apphost.Process.Output);
    }

    [Theory]
    [InlineData("Mesh.LocalKafka")]
    [InlineData("Mesh.Registry")]
    public async Task Asked_to_end_before_it_is_ready_it_leaves_nothing_when_it_ends(string child)
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await Eventually.True(() => apphost.Children()[child].Any(), AtTheLatest, $"{child} is started");
        int[] children = [.. apphost.Children().SelectMany(pids => pids)];
        apphost.Process.Signal(2);
        await apphost.Process.WaitForExit(Soon);
        Assert.DoesNotContain(children, RunningAppHost.Lives);
        Assert.Contains("Ending, before everything has started", apphost.Process.Output);
    }

    [Fact]
    public async Task A_dashboard_that_has_ended_is_started_again_and_takes_the_same_link()
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        var dashboard = apphost.Children()["Aspire.Dashboard"].Single();
        System.Diagnostics.Process.GetProcessById(dashboard).Kill();
        await Eventually.True(() => apphost.Children()["Aspire.Dashboard"].Any(pid => pid != dashboard), Soon, "it is started again");
        Assert.Contains("aspire-dashboard ended with a signal (killed, or crashed); it starts again in 0.5 s", apphost.Process.Output);
        var link = apphost.Process.Output.Split('\n').Single(line => line.Contains("/login?t=", StringComparison.Ordinal)).Split(' ').Last()
            .Trim();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        await Eventually.True(async () =>
        {
            try
            {
                using var answer = await browser.GetAsync(link, TestContext.Current.CancellationToken);
                return answer.Headers.TryGetValues("Set-Cookie", out _);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, Soon, "the link of the banner logs in");
        await apphost.Process.Ready($"{apphost.Registry}/health/ready");
    }

    [Theory]
    [InlineData("run-controllers")]
    [InlineData("start-apiserver")]
    public async Task An_orchestrator_that_has_ended_ends_the_mesh_with_a_word(string part)
    {
        OnLinux();
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        int[] children = [.. apphost.Children().SelectMany(pids => pids)];
        var orchestrator = apphost.Children()["dcp"].Single(pid => File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(part));
        System.Diagnostics.Process.GetProcessById(orchestrator).Kill();
        await apphost.Process.WaitForExit(Soon);
        Assert.Equal(1, apphost.Process.ExitCode);
        Assert.Contains("orchestrator (dcp) has ended", apphost.Process.Output);
        Assert.Equal("""{"contexts":{}}""", JsonNode.Parse(File.ReadAllText(apphost.ContextFile))!.ToJsonString());
        await Eventually.True(() => !children.Any(RunningAppHost.Lives), Soon, "nothing is left");
    }

    private static string? Variable(int pid, string name) =>
        File.ReadAllText($"/proc/{pid}/environ").Split('\0')
            .FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private static void OnLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "looks into /proc");
}
