using System.Diagnostics;
using System.Text.Json;
using Mesh.Kernel.Log;
using Mesh.Tests.Kernel.Replication;
using Mesh.Tests.Messaging.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary>The events as another maker's client reads them.</summary>
public class KafkaJsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_node_client_reads_the_events_and_their_headers()
    {
        var node = Requires.Program("node", "apt-get install nodejs npm");
        var scripts = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(scripts, "node_modules", "kafkajs")))
            Requires.Missing("kafkajs is not installed: npm ci --prefix Mesh.Tests/Interop");
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        await registry.SetAsync(("a", 1), ("b", 2));
        await registry.SetAsync(("a", 3));
        await Eventually.True(() => registry.Relay.Status is { Published: 3 }, Deadline, "all is published");

        using var process = Process.Start(
            new ProcessStartInfo(node, [Path.Combine(scripts, "kafka-reader.mjs"), kafka.BootstrapServers, "cdaprod.mesh.events"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        try
        {
            var events = new List<JsonElement>();
            while (events.Count < 3
                && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                    .WaitAsync(Deadline, TestContext.Current.CancellationToken) is { } line)
                events.Add(JsonDocument.Parse(line).RootElement);
            var entries = await registry.Store.ReadAsync(0, 10, TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken);
            Assert.Equal(3, events.Count);
            foreach (var entry in entries) AssertTells(events.Single(one => Header(one, "ce_id") == entry.EventId.ToString()), entry);
        }
        finally
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(10))) process.Kill();
        }
    }

    private static void AssertTells(JsonElement read, LogEntry entry)
    {
        Assert.Equal(entry.Stream, read.GetProperty("key").GetString());
        Assert.Equal("1.0", Header(read, "ce_specversion"));
        Assert.Equal($"urn:cdaprod:mesh:{entry.Log.LogId}", Header(read, "ce_source"));
        Assert.Equal(entry.Type, Header(read, "ce_type"));
        Assert.Equal(entry.Stream, Header(read, "ce_subject"));
        Assert.Equal(entry.Time.UtcDateTime,
            DateTime.Parse(Header(read, "ce_time"), null, System.Globalization.DateTimeStyles.RoundtripKind));
        Assert.Equal(entry.Sequence.ToString("D19"), Header(read, "ce_sequence"));
        Assert.Equal(entry.Log.LogId.ToString(), Header(read, "ce_logid"));
        Assert.Equal("1", Header(read, "ce_epoch"));
        Assert.Equal(entry.StreamVersion.ToString(), Header(read, "ce_streamversion"));
        Assert.Equal(entry.CommandId.ToString(), Header(read, "ce_commandid"));
        Assert.Equal((entry.Index.ToString(), entry.Count.ToString()), (Header(read, "ce_index"), Header(read, "ce_count")));
        Assert.Equal((entry.Hash.ToString(), entry.DataHash.ToString()), (Header(read, "ce_hash"), Header(read, "ce_datahash")));
        Assert.Equal(entry.Actor, Header(read, "ce_actor"));
        Assert.Equal("application/json", Header(read, "content-type"));
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(entry.Data).RootElement, read.GetProperty("value")));
    }

    private static string Header(JsonElement read, string name) => read.GetProperty("headers").GetProperty(name).GetString()!;
}
