using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Running;
using Mesh.Contracts.Discovery;
using Mesh.Discovery;
using Mesh.Kernel;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Bench.Replay;

/// <summary>
/// Replay of a million events from SQLite to a state that takes commands: every entry read, its hash chain verified, decoded and folded.
/// </summary>
internal static class ReplayBench
{
    private const int Events = 1_000_000, Services = 5_000, BatchSize = 5_000;

    private static readonly ImmutableSortedDictionary<string, string> Labels = ImmutableSortedDictionary<string, string>.Empty
        .WithComparers(StringComparer.Ordinal).Add("team", "a");

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        var path = Path.Combine(folder.Path, "mesh.db");
        var table = new Table("", "seconds", "CPU seconds", "events/s");
        Row(table, "write, batches of 5,000", await TimeAsync(() => WriteAsync(path, cancellationToken)));
        Row(table, "read only", await TimeAsync(() => ReadAsync(path, cancellationToken)));
        Row(table, "replay: read, verify, decode, fold", await TimeAsync(() => ReplayAsync(path, cancellationToken)));
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{Events:N0} registrations, updates and deregistrations of {Services:N0} services with 4 instances each: "
                    + $"{new FileInfo(path).Length / 1e6:N0} MB.\n"));
        table.Print();
    }

    private static void Row(Table table, string what, (TimeSpan Time, TimeSpan Cpu) took) =>
        table.Row(what, took.Time.TotalSeconds, took.Cpu.TotalSeconds, Events / took.Time.TotalSeconds);

    private static async Task ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var store = new SqliteLogStore(path);
        await store.OpenAsync(cancellationToken);
        await foreach (var _ in store.ReadAsync(0, int.MaxValue, cancellationToken))
        {
        }
    }

    private static async Task<(TimeSpan Time, TimeSpan Cpu)> TimeAsync(Func<Task> action)
    {
        GC.Collect();
        var (elapsed, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await action();
        return (elapsed.Elapsed, Environment.CpuUsage.TotalTime - cpu);
    }

    private static async Task ReplayAsync(string path, CancellationToken cancellationToken)
    {
        await using var store = new SqliteLogStore(path);
        var folder = new StateFolder([new DiscoveryModule().Fold]);
        var options = Options.Create(new KernelOptions { SnapshotEvery = int.MaxValue });
        var follower = new LogFollower(folder, store, TimeProvider.System, options, NullLogger<LogFollower>.Instance);
        using var writer = new CommandWriter(folder, follower, store, TimeProvider.System, options, NullLogger<CommandWriter>.Instance);
        await writer.StartAsync(cancellationToken);
        await follower.WaitForAsync(Events, cancellationToken);
        await writer.StopAsync(cancellationToken);
    }

    private static async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        await using var store = new SqliteLogStore(path);
        var head = await store.OpenAsync(cancellationToken);
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        while (head.Sequence < Events)
        {
            var entries = new LogEntry[BatchSize];
            var hash = head.Hash;
            for (var i = 0; i < entries.Length; i++)
            {
                var sequence = head.Sequence + 1 + i;
                var (stream, change) = Event(sequence, versions);
                var entry = new LogEntry
                {
                    Log = head.Log, Sequence = sequence, Stream = stream, StreamVersion = versions[stream], EventId = Guid.CreateVersion7(),
                    Type = change.Type, Time = time.AddMilliseconds(sequence),
                    Actor = "user:bench", CommandId = Guid.CreateVersion7(), Index = 0, Count = 1, Data = change.Data,
                    DataHash = EntryHash.OfData(change.Data.Span),
                };
                entries[i] = entry with { Hash = hash = EntryHash.Link(hash, entry) };
            }

            if (!await store.TryAppendAsync(head, new LogBatch(entries, []), cancellationToken))
                throw new InvalidOperationException("The head moved.");
            head = LogPosition.After(entries[^1]);
        }
    }

    /// <summary>Registers all instances, then mostly updates them, with a deregistration and a registration again in between.</summary>
    private static (string Stream, NewEvent Event) Event(long sequence, Dictionary<string, long> versions)
    {
        var slot = sequence % (Services * 4);
        var (service, instance) = ($"service-{slot / 4}", $"i{slot % 4}");
        var stream = $"discovery/default/{service}/i/{instance}";
        var version = versions[stream] = versions.GetValueOrDefault(stream) + 1;
        if (version % 10 == 9) return (stream, NewEvent.Of(stream, new ServiceDeregistered("default", service, instance, "requested")));
        var spec = new InstanceSpec
        {
            Namespace = "default", Service = service, InstanceId = instance, Address = $"10.0.{slot / 250}.{slot % 250}", Port = 8080,
            Protocol = MeshProtocol.Http,
            Version = $"v{version % 3}", Zone = "z1", Weight = 100, Metadata = Labels.SetItem("build", $"{sequence}"),
        };
        return (stream,
            version % 10 is 1 or 0
                ? NewEvent.Of(stream, new ServiceRegistered(spec, version))
                : NewEvent.Of(stream, new ServiceUpdated(spec, version)));
    }
}
