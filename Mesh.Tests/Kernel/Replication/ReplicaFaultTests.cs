using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>Live replicas under random writes and faults of feeds, Registry and database.</summary>
public class ReplicaFaultTests
{
    private const int Steps = 150;
    private static readonly StateFolder Folder = new([new CounterFold()]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_any_faults_every_replica_is_in_the_state_of_the_log(int run)
    {
        var seed = TestSeed.Of(run * 7_919);
        var random = TestSeed.DrawsOf(seed, 0);
        var log = new MemoryLog(new LogMaker(), Folder);
        await using var kafka = new ReplicaHarness(log, Folder, FeedChoice.Kafka);
        await using var tail = new ReplicaHarness(log, Folder, FeedChoice.TailLog);
        await using var both = new ReplicaHarness(log, Folder, FeedChoice.Both);
        ReplicaHarness[] replicas = [kafka, tail, both];
        foreach (var replica in replicas) await replica.StartAsync();

        // Everything that was ever on the topic, of every log and epoch: any of it may come again.
        var topic = new List<LogEntry>();
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    log.Away = true;
                    break;
                case 1 or 2:
                    log.Away = false;
                    break;
                case 3 when random.Next(4) == 0:
                    log.Exchange(Changed(log.Log, random));
                    break;
                default:
                    topic.AddRange(
                        log.Append([.. Enumerable.Range(0, random.Next(1, 4)).Select(i => ($"c{random.Next(6)}", random.Next(1_000)))]));
                    break;
            }

            foreach (var replica in (ReplicaHarness[])[kafka, both])
            {
                var batch = Enumerable.Range(0, random.Next(4)).Where(_ => topic.Count > 0)
                    .Select(
                        _ => topic[
                            random.Next(2) == 0 ? random.Next(topic.Count) : Math.Max(0, topic.Count - 1 - random.Next(5))]).ToArray();
                await replica.Kafka.Deliver(batch);
            }
        }

        log.Away = false;
        foreach (var replica in replicas) await replica.Level($"seed {seed}");
    }

    private static LogMaker Changed(LogMaker log, Random random)
    {
        var end = log.EndBefore(random.NextInt64(log.Head.Sequence + 1));
        return random.Next(3) switch
        {
            0 => new LogMaker(),
            1 => log.RestoredAt(end),
            _ => log.TruncatedAt(end),
        };
    }
}
