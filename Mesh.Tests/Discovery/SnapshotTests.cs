using Mesh.Contracts.Discovery;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.State;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class SnapshotTests
{
    [Fact]
    public void A_state_that_was_saved_and_loaded_is_the_same()
    {
        var log = new DiscoveryLog();
        log.Register("a", 1,
            input => input with
            {
                HealthCheck = new HealthCheckInput(),
                Metadata = [new("team", "a"), new("b", "ü")],
                TtlSeconds = 5,
                Zone = "z",
                Version = "v",
            });
        log.Register("b", 2, input => input with { Address = "host.local" });
        log.Report(HealthState.Passing, "a");
        log.Send(new ChangeSettings(new("default", "echo"), new ServiceSettings { EmptyPushProtection = false }));
        log.Send(new ApplyDefaults(new("default", "echo"), "discovery"));
        var loaded = StateSnapshot.Load(log.Folder, StateSnapshot.Save(log.Folder, log.State).Data);
        Assert.Equal(log.Bytes(log.State), log.Bytes(loaded));
        Assert.Equal(log.Discovery.Use("default"), loaded.Facts<Mesh.Discovery.State.DiscoveryState>().Use("default"));
    }

    [Fact]
    public void Streams_say_which_service_they_speak_of()
    {
        Assert.Equal(new("ns", "echo"), Mesh.Discovery.State.DiscoveryStreams.KeyOf("discovery/ns/echo/i/echo-1"));
        Assert.Equal(new("ns", "echo"), Mesh.Discovery.State.DiscoveryStreams.KeyOf("discovery/ns/echo/status"));
        Assert.Equal(new("ns", "echo"), Mesh.Discovery.State.DiscoveryStreams.KeyOf("discovery/ns/echo"));
        Assert.Null(Mesh.Discovery.State.DiscoveryStreams.KeyOf("traffic/ns/echo"));
        Assert.Null(Mesh.Discovery.State.DiscoveryStreams.KeyOf("discovery/ns"));
    }
}
