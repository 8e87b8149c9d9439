using Mesh.ServiceDefaults.Programs;
using Mesh.Tests.Support;

namespace Mesh.Tests.Registry;

public class RaiseEpochTests
{
    [Fact]
    public async Task A_restored_log_gets_a_higher_epoch_and_keeps_its_identity_and_history()
    {
        using var folder = new TempFolder();
        string log;
        await using (var before = await Started(folder))
        {
            var status = await before.Status();
            log = status.LogId;
            Assert.Equal((1L, 0L), (status.Epoch, status.Head));
            await before.Register();
        }

        await using (var raise = ChildProcess.Start("Mesh.Registry", RunningRegistry.Environment(folder.Path, FreePort.Next()),
            "--raise-epoch"))
        {
            await raise.WaitForExit(TimeSpan.FromSeconds(60));
            Assert.Equal(0, raise.ExitCode);
            Assert.Contains("the epoch is 2 now", raise.Output);
        }

        await using var after = await Started(folder);
        var restored = await after.Status();
        Assert.Equal((log, 2L, 1L), (restored.LogId, restored.Epoch, restored.Services));
    }

    [Fact]
    public async Task The_epoch_of_a_running_registry_s_log_is_not_raised()
    {
        using var folder = new TempFolder();
        await using var running = await Started(folder);
        await using var raise = ChildProcess.Start("Mesh.Registry", RunningRegistry.Environment(folder.Path, FreePort.Next()),
            "--raise-epoch");
        await raise.WaitForExit(TimeSpan.FromSeconds(60));

        Assert.Equal(MeshProgram.SettingFault, raise.ExitCode);
        Assert.Contains("already running here", raise.Output);
        Assert.Equal(1, (await running.Status()).Epoch);
    }

    private static async Task<RunningRegistry> Started(TempFolder folder)
    {
        var registry = RunningRegistry.Start(folder.Path, FreePort.Next());
        await registry.Ready();
        return registry;
    }
}
