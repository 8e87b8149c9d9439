using Mesh.Contracts.Discovery;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Health;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Discovery.Support;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Storage;
using Mesh.Tests.Support;

namespace Mesh.Tests.Discovery;

/// <summary>A stream that holds entries of a newer build takes no commands, also none that would come to "it already is so".</summary>
public sealed class NewerLogTests : IDisposable
{
    private static readonly ServiceKey Echo = new("default", "echo"), Other = new("default", "echo-2");
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_is_refused_where_any_stream_that_it_rests_on_holds_unknown_entries()
    {
        await using (var store = new SqliteLogStore(_folder.File("log.db")))
        {
            var script = await LogScript.Open(store);
            await script.Append(DiscoveryStreams.Registration(Echo, "unknown"));
            await script.Append(DiscoveryStreams.Status(Other), DiscoveryStreams.Intent(Other));
        }

        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), fold: new DiscoveryFold());
        ICommand[] refused =
        [
            new DeregisterInstances(Echo, "unknown"), new DeregisterInstances(Echo, null),
            new SetMode(Echo, "unknown", InstanceMode.Active), new SetMode(Echo, null, InstanceMode.Active),
            DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "known", Url = "http://10.0.0.1", Replace = true }),
            new ReportHealth(Other, []), new ChangeSettings(Other, null), new ApplyDefaults(Other, "discovery"), new ExpireCritical(Other),
        ];
        foreach (var command in refused)
        {
            var outcome = await mesh.SendAsync(command);
            Assert.Equal((command, RefusalKind.Unavailable, "newer-log"),
                (command, outcome.Refusal?.Kind, outcome.Refusal?.Problems[0].Code));
        }

        Assert.True(
            (await mesh.SendAsync(
                DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "known", Url = "http://10.0.0.1" }))).Changed);
        Assert.True((await mesh.SendAsync(new DeregisterInstances(Echo, "known"))).Changed);
        Assert.Null((await mesh.SendAsync(new DeregisterInstances(new("default", "ech"), null))).Refusal);
    }
}
