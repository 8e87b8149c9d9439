using System.Text.Json;
using Mesh.Tests.Support;
using SharedRegistry = Mesh.Tests.Registry.SharedRegistry;

namespace Mesh.Tests.Cli;

/// <summary>The real program against a real Registry process.</summary>
public sealed class RealRegistryTests(SharedRegistry registry) : IClassFixture<SharedRegistry>, IDisposable
{
    private readonly CliProgram _cli = new() { Environment = { ["MESH_REGISTRY"] = registry.Address.ToString() } };

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_service_is_registered_shown_and_taken_out_and_doing_either_again_changes_nothing()
    {
        string[] register = ["register", "life", "--url=http://127.0.0.1:9001", "--instance-id=life-1", "--version=v1", "--metadata",
            "team=a"];
        var first = await _cli.Registry(register);
        Assert.True(
            first.ExitCode == 0 && first.Output.StartsWith("registered life-1 of default/life at sequence ", StringComparison.Ordinal),
            first.ToString());
        var again = await _cli.Registry(register);
        Assert.True(again.ExitCode == 0 && again.Output.StartsWith("nothing changed: life-1 of default/life", StringComparison.Ordinal),
            again.ToString());

        var list = await _cli.Mesh("discovery", "list", "--metadata", "team=a");
        Assert.Contains("life     life-1    127.0.0.1:9001  http      v1", list.Output);
        var get = await _cli.Registry("get", "life", "-o", "json");
        Assert.Equal("life-1", JsonElement.Parse(get.Output).GetProperty("instances")[0].GetProperty("id").GetString());

        var drained = await _cli.Mesh("discovery", "drain", "--service-name=life");
        Assert.True(drained.ExitCode == 0 && drained.Output.Contains("default/life is draining at sequence"), drained.ToString());
        var gone = await _cli.Registry("deregister", "life");
        Assert.True(
            gone.ExitCode == 0 && gone.Output.StartsWith("deregistered 1 instance of default/life at sequence ", StringComparison.Ordinal),
            gone.ToString());
        var goneAgain = await _cli.Registry("deregister", "life");
        Assert.True(
            goneAgain.ExitCode == 0
                && goneAgain.Output.StartsWith("nothing changed: default/life has no instances", StringComparison.Ordinal),
                goneAgain.ToString());

        var events = await _cli.Mesh("events", "list", "--stream=discovery/default/life/i/life-1", "-o", "json");
        Assert.Equal(
            ["service-deregistered", "service-updated", "service-registered"],
            JsonElement.Parse(events.Output).GetProperty("items").EnumerateArray()
                .Select(entry => entry.GetProperty("type").GetString()!.Split('.')[^2]));
    }

    [Fact]
    public async Task A_policy_is_set_listed_and_removed_and_doing_either_again_changes_nothing()
    {
        string[] set = ["resilience", "set-circuit-breaker", "--service=guarded", "--threshold=5"];
        var first = await _cli.Mesh(set);
        Assert.True(
            first.ExitCode == 0
                && first.Output.StartsWith("set the circuit-breaker policy of default/guarded at sequence ", StringComparison.Ordinal),
                first.ToString());
        var again = await _cli.Mesh(set);
        Assert.True(
            again.ExitCode == 0
                && again.Output.StartsWith("nothing changed: the circuit-breaker policy of default/guarded", StringComparison.Ordinal),
                again.ToString());
        Assert.Equal("SERVICE  KIND             REVISION  POLICY\nguarded  circuit-breaker  1         threshold=5\n",
            (await _cli.Mesh("resilience", "list-policies", "--service=guarded")).Output);
        Assert.Equal(1, (await _cli.Mesh("resilience", "set-timeout", "--service=guarded")).ExitCode);
        var gone = await _cli.Mesh("resilience", "remove", "--service=guarded", "--kind=circuit-breaker");
        Assert.True(
            gone.ExitCode == 0
                && gone.Output.StartsWith("removed the circuit-breaker policy of default/guarded at sequence ", StringComparison.Ordinal),
                gone.ToString());
        Assert.Equal("no policies\n", (await _cli.Mesh("resilience", "list-policies", "--service=guarded")).Output);
    }

    [Fact]
    public async Task A_second_address_is_a_second_instance_unless_it_replaces_the_first()
    {
        await _cli.Registry("register", "two", "--url=http://127.0.0.1:9001");
        var second = await _cli.Registry("register", "two", "--url=http://127.0.0.1:9002");
        Assert.Contains("; the service has 2 instances", second.Output);
        var third = await _cli.Registry("register", "two", "--url=http://127.0.0.1:9003", "--replace", "-o", "json");
        Assert.Equal(1, JsonElement.Parse(third.Output).GetProperty("instances").GetInt32());
    }

    [Fact]
    public async Task A_bad_registration_is_refused_with_every_fault()
    {
        var result = await _cli.Registry("register", "Bad_Name", "--address=127.0.0.1", "--port=70000", "--protocol=smtp", "--weight=-1",
            "--check=icmp");
        Assert.Equal(1, result.ExitCode);
        foreach (var field in new[] { "name", "port", "protocol", "weight", "healthCheck.kind" })
            Assert.Contains($"\n  {field}: ", result.Error);
    }

    [Fact]
    public async Task A_stale_condition_is_refused()
    {
        await _cli.Registry("register", "conditional", "--url=http://127.0.0.1:9001", "--instance-id=one");
        var result = await _cli.Registry("register", "conditional", "--url=http://127.0.0.1:9001", "--instance-id=one", "--weight=7",
            "--if-match", "\"999\"");
        Assert.True(result.ExitCode == 1 && result.Error.Contains("(412)"), result.ToString());
    }

    [Fact]
    public async Task A_tail_shows_what_happens_while_it_runs()
    {
        await using var tail = _cli.Start(CliProgram.MeshName, "events", "tail", "--limit=1");
        await Eventually.True(
            async () =>
            {
                await _cli.Registry("register", "tailed", $"--url=http://127.0.0.1:{FreePort.Next()}");
                return tail.Output.Contains("discovery.service-registered  discovery/default/tailed/i/");
            },
            TimeSpan.FromSeconds(60),
            "the tail shows the registration");
        tail.Signal(2);
        await tail.WaitForExit();
        Assert.Equal(0, tail.ExitCode);
    }

    [Fact]
    public async Task Status_says_how_far_the_log_is_and_which_part_is_not_ready()
    {
        // A registry that does not answer within a few seconds would be named too, and a slow machine has such.
        var controlPlane = $"--control-plane=http://127.0.0.1:{FreePort.Next()}";
        var result = await Eventually.Succeeds(
            async () =>
            {
                var status = await _cli.Mesh("status", controlPlane);
                Assert.True(status.ExitCode == 1 && status.Error.Contains("not ready: control-plane"), status.ToString());
                return status;
            },
            TimeSpan.FromSeconds(60), "only the control plane is not ready");
        Assert.Contains("head: ", result.Output);
        Assert.Contains("epoch: 1", result.Output);
    }
}
