using System.Security.Cryptography;
using System.Text;
using Mesh.Kernel.Log;

namespace Mesh.Tests.Kernel.Log;

public sealed class EntryHashTests
{
    private static readonly byte[] Data = Encoding.UTF8.GetBytes("""{"name":"écho"}""");

    private static readonly LogEntry Entry = new()
    {
        Log = new LogIdentity(new Guid("0195e0a0-1111-7222-8333-444444444444"), 3),
        Sequence = 7,
        Stream = "discovery/default/echo/i/echo-1",
        StreamVersion = 2,
        EventId = new Guid("0195e0a0-aaaa-7bbb-8ccc-dddddddddddd"),
        Type = "cdaprod.mesh.discovery.service-registered.v1",
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_567),
        Actor = "user:änn",
        CommandId = new Guid("0195e0a0-eeee-7fff-8000-111111111111"),
        Index = 1,
        Count = 3,
        CausationId = new Guid("0195e0a0-2222-7333-8444-555555555555"),
        Depth = 2,
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        Data = Data,
        DataHash = EntryHash.OfData(Data),
    };

    [Fact]
    public void The_encoding_of_an_entry_is_final()
    {
        // If this fails the format has changed and no existing log verifies any more: change it back.
        Assert.Equal("01594b6a7a5d8517ac66d7d298f8ac088231e228ada8ac1af0e38d0031339edc", EntryHash.Link(EntryHash.Zero, Entry).ToString());
        Assert.Equal("da3e593c952c20ae9014cd9c5ca9ca47dc903cb481eb509e2c8ec78703e4e487",
            EntryHash.Link(EntryHash.OfData("previous"u8), Entry with { CausationId = null, TraceParent = null, Depth = 0 }).ToString());
    }

    [Fact]
    public void The_encoding_is_the_documented_one()
    {
        using var bytes = new MemoryStream();
        bytes.Write(new byte[32]);
        bytes.Write(Entry.Log.LogId.ToByteArray(bigEndian: true));
        Number(3);
        Number(7);
        Text(Entry.Stream);
        Number(2);
        bytes.Write(Entry.EventId.ToByteArray(bigEndian: true));
        Text(Entry.Type);
        Number(Entry.Time.UtcTicks);
        Text(Entry.Actor);
        bytes.Write(Entry.CommandId.ToByteArray(bigEndian: true));
        Number(1);
        Number(3);
        bytes.Write(Entry.CausationId!.Value.ToByteArray(bigEndian: true));
        Number(2);
        Text(Entry.TraceParent!);
        bytes.Write(SHA256.HashData(Data));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())), EntryHash.Link(EntryHash.Zero, Entry).ToString());

        void Number(long value) => bytes.Write([.. BitConverter.GetBytes(value).Reverse()]);

        void Text(string value)
        {
            var utf8 = Encoding.UTF8.GetBytes(value);
            bytes.Write([.. BitConverter.GetBytes(utf8.Length).Reverse()]);
            bytes.Write(utf8);
        }
    }

    [Fact]
    public void Every_field_of_an_entry_and_the_one_before_it_change_the_hash()
    {
        LogEntry[] others =
        [
            Entry with { Log = new LogIdentity(Guid.Empty, 3) }, Entry with { Log = Entry.Log with { Epoch = 4 } },
            Entry with { Sequence = 8 },
            Entry with { Stream = "discovery/default/echo/i/echo-" }, Entry with { StreamVersion = 3 }, Entry with { EventId = Guid.Empty },
            Entry with { Type = "x" },
            Entry with { Time = Entry.Time.AddTicks(1) }, Entry with { Actor = "user:ann" }, Entry with { CommandId = Guid.Empty },
            Entry with { Index = 2 }, Entry with { Count = 4 },
            Entry with { CausationId = null }, Entry with { Depth = 3 }, Entry with { TraceParent = null },
            Entry with { DataHash = EntryHash.OfData("{}"u8) },
        ];
        var hashes = others.Select(entry => EntryHash.Link(EntryHash.Zero, entry)).Append(EntryHash.Link(EntryHash.Zero, Entry))
            .Append(EntryHash.Link(EntryHash.OfData("x"u8), Entry));
        Assert.Equal(others.Length + 2, hashes.Distinct().Count());
    }

    [Fact]
    public void A_field_never_runs_into_the_next()
    {
        var one = EntryHash.Link(EntryHash.Zero, Entry with { Type = "ab", Actor = "c" });
        var two = EntryHash.Link(EntryHash.Zero, Entry with { Type = "a", Actor = "bc" });
        Assert.NotEqual(one, two);
    }
}
