using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Bench.Etcd;
using Mesh.Bench.Running;

namespace Mesh.Bench.Latency;

/// <summary>
/// How long a change of one service's weight takes to a subscriber, with 1,000 services of two instances and 100 ADS streams, while one
/// change follows the other. Counted from the accepted write (its answer) and from sending it. etcd beside it: put to watch, 1,000 keys,
/// 100 watchers.
/// </summary>
internal static class UpdateLatencyBench
{
    private const int Services = 1_000;
    private const int Streams = 100;
    private const int WarmUp = 200;
    private const int Changes = 1_000;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("", "changes", "accepted p50 ms", "accepted p99 ms", "sent p50 ms", "sent p99 ms", "sent max ms");
        foreach (var feeds in (string[])["kafka", "taillog", "both"]) await MeshAsync(table, feeds, cancellationToken);
        await EtcdAsync(table, cancellationToken);
        table.Print();
    }

    private static async Task MeshAsync(Table table, string feeds, CancellationToken cancellationToken)
    {
        await using var mesh = await MeshUnderTest.StartAsync(feeds, gateway: false, cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(mesh.Registry) };
        string[] names = [.. Enumerable.Range(0, Services).Select(i => $"svc-{i}")];
        await Parallel.ForEachAsync(names.SelectMany(name => (int[])[1, 2], (name, id) => (name, id)),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (one, token) => await MeshUnderTest.RegisterAsync(client, Body(one.name, one.id, 1), token));

        var arrivals = new Arrivals();
        await using var subscribers = new AdsSubscribers(mesh.ControlPlane, arrivals);
        await subscribers.OpenAsync(Streams, names);
        await MeasureAsync(table, $"mesh, feeds: {feeds}", i => names[i % Services], arrivals,
            (name, value) => MeshUnderTest.RegisterAsync(client, Body(name, 1, value), cancellationToken));
    }

    private static object Body(string name, int id, uint weight) =>
        new { name, instanceId = $"{name}-{id}", url = $"http://127.0.0.1:{20_000 + id}", weight };

    private static async Task EtcdAsync(Table table, CancellationToken cancellationToken)
    {
        await using var etcd = await EtcdUnderTest.StartAsync(cancellationToken);
        if (etcd is null) return;
        var (puts, watches, arrivals) = (new KV.KVClient(etcd.Channel), new Watch.WatchClient(etcd.Channel), new Arrivals());
        Task PutAsync(string key, uint value) =>
            puts.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8($"{value}") },
                cancellationToken: cancellationToken).ResponseAsync;
        string[] keys = [.. Enumerable.Range(0, Services).Select(i => $"/w{i % Streams:00}/svc-{i}")];
        foreach (var key in keys) await PutAsync(key, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Enumerable.Range(0, Streams).Select(i => BeginWatch(watches, $"/w{i:00}/", arrivals, stop.Token)).ToArray();
        await Task.WhenAll(watching.Select(watch => watch.Created));
        await MeasureAsync(table, "etcd 3.4, put to watch", i => keys[i % Services], arrivals, PutAsync);
        await stop.CancelAsync();
    }

    private static (Task Created,
        Task Running) BeginWatch(Watch.WatchClient client, string prefix, Arrivals arrivals, CancellationToken cancellationToken)
    {
        var created = new TaskCompletionSource();
        return (created.Task, ReadAsync());

        async Task ReadAsync()
        {
            using var call = client.Watch(cancellationToken: cancellationToken);
            var end = Encoding.UTF8.GetBytes(prefix);
            end[^1]++;
            await call.RequestStream.WriteAsync(
                new WatchRequest
                {
                    CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = ByteString.CopyFrom(end) },
                }, cancellationToken);
            try
            {
                await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    if (response.Created) created.TrySetResult();
                    foreach (var change in response.Events)
                        arrivals.Arrived(change.Kv.Key.ToStringUtf8(),
                            uint.Parse(change.Kv.Value.ToStringUtf8(), System.Globalization.CultureInfo.InvariantCulture));
                }
            }
            catch (Exception exception)
                when (cancellationToken.IsCancellationRequested && exception is RpcException or OperationCanceledException)
            {
                // The measurement is over.
            }
        }
    }

    private static async Task MeasureAsync(Table table, string what, Func<int, string> target, Arrivals arrivals,
        Func<string, uint, Task> write)
    {
        var (accepted, sent) = (new List<double>(Changes), new List<double>(Changes));
        for (var i = 0; i < WarmUp + Changes; i++)
        {
            var (name, value) = (target(i), (uint)(2 + i));
            var arrival = arrivals.ExpectAsync(name, value);
            var begun = Stopwatch.GetTimestamp();
            await write(name, value);
            var answered = Stopwatch.GetTimestamp();
            var arrived = await arrival.WaitAsync(TimeSpan.FromSeconds(30));
            if (i < WarmUp) continue;

            // A push may overtake the answer to the write.
            accepted.Add(Math.Max(0, Stopwatch.GetElapsedTime(answered, arrived).TotalMilliseconds));
            sent.Add(Stopwatch.GetElapsedTime(begun, arrived).TotalMilliseconds);
        }

        var (fromAnswer, fromSend) = (new Percentiles(accepted), new Percentiles(sent));
        table.Row(what, Changes, fromAnswer.At(50), fromAnswer.At(99), fromSend.At(50), fromSend.At(99), fromSend.At(100));
    }
}
