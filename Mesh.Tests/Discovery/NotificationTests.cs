using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Read;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class NotificationTests
{
    [Fact]
    public void After_a_command_the_service_is_told_whole_under_the_sequence_of_its_cause()
    {
        var log = new DiscoveryLog();
        log.Register("a", 1);
        log.Register("b", 2, input => input with { Replace = true });
        var told = Assert.Single(new DiscoveryNotifications().NotificationsOf(log.Entries[2..], log.State));
        Assert.Equal((4L, "discovery-updated", "discovery/default/echo"), (told.Cause.Sequence, told.IdSuffix, told.Subject));
        var data = JsonSerializer.Deserialize(told.Data.Span, ServiceDiscoveryUpdated.JsonType)!;
        Assert.Equal((4L, "b"), (data.Sequence, Assert.Single(data.Instances).Id));
        log.Send(new DeregisterInstances(new("default", "echo"), null));
        var gone = Assert.Single(new DiscoveryNotifications().NotificationsOf(log.Entries[4..], log.State));
        Assert.Empty(JsonSerializer.Deserialize(gone.Data.Span, ServiceDiscoveryUpdated.JsonType)!.Instances);
    }
}
