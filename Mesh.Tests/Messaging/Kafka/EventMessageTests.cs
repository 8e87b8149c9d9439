using System.Text;
using System.Text.RegularExpressions;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Replication;

namespace Mesh.Tests.Messaging.Kafka;

public class EventMessageTests
{
    private static readonly LogEntry Entry = new LogMaker().Append(("a", 1), ("b", 2))[1] with
    {
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        CausationId = Guid.CreateVersion7(),
        Depth = 2,
    };

    [Fact]
    public void An_entry_is_the_same_after_the_way_over_Kafka()
    {
        var read = EventMessage.TryRead(EventMessage.Of(Entry))!;
        Assert.Equal(Entry.Data.ToArray(), read.Data.ToArray());
        Assert.Equal(Entry with { Data = default }, read with { Data = default });
        Assert.Equal(Entry.Hash, read.Hash);
    }

    [Fact]
    public void Attributes_are_those_of_CloudEvents_in_binary_mode()
    {
        var message = EventMessage.Of(Entry);
        var headers = message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
        Assert.Equal("1.0", headers["ce_specversion"]);
        Assert.Equal(Entry.EventId.ToString(), headers["ce_id"]);
        Assert.Equal($"urn:cdaprod:mesh:{Entry.Log.LogId}", headers["ce_source"]);
        Assert.Equal(Entry.Type, headers["ce_type"]);
        Assert.Equal("counters/b", headers["ce_subject"]);
        Assert.Equal("2026-01-01T00:00:00.0010000Z", headers["ce_time"]);
        Assert.Equal("0000000000000000002", headers["ce_sequence"]);
        Assert.Equal("application/json", headers["content-type"]);
        Assert.Equal(Entry.Stream, Encoding.UTF8.GetString(message.Key));
        Assert.All(headers.Keys.Where(name => name != "content-type"), name => Assert.Matches(new Regex("^ce_[a-z0-9]+$"), name));
    }

    [Fact]
    public void A_notification_is_no_entry()
    {
        var message = EventMessage.Of(new Notification(Entry, "discovery-updated", "t.v1", "discovery/default/echo", "{}"u8.ToArray()));
        Assert.Null(EventMessage.TryRead(message));
        Assert.Equal("2/discovery-updated", Encoding.UTF8.GetString(message.Headers.GetLastBytes("ce_id")));
    }

    [Fact]
    public void A_damaged_message_says_what_is_missing()
    {
        var message = EventMessage.Of(Entry);
        message.Headers.Remove(EventHeader.Epoch);
        Assert.Contains("ce_epoch", Assert.Throws<FormatException>(() => EventMessage.TryRead(message)).Message);
    }

    [Fact]
    public void Which_entry_a_message_is_can_be_read_alone()
    {
        var message = EventMessage.Of(Entry);
        Assert.Equal((2L, Entry.Hash), EventMessage.TryReadHash(message));
        Assert.Null(
            EventMessage.TryReadHash(
                EventMessage.Of(new Notification(Entry, "discovery-updated", "t.v1", "discovery/default/echo", "{}"u8.ToArray()))));
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[(EventHeader.Sequence, "two"), (EventHeader.Hash, "00"),
            (EventHeader.Hash, new string('z', 64)), (EventHeader.Hash, new string('0', 66))])
        {
            var damaged = EventMessage.Of(Entry);
            damaged.Headers.Remove(name);
            damaged.Headers.Add(name, Encoding.UTF8.GetBytes(value));
            Assert.Null(EventMessage.TryReadHash(damaged));
        }
    }
}
