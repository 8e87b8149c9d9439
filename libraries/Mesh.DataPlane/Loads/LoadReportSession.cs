using Grpc.Core;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Connections;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Call = Grpc.Core.AsyncDuplexStreamingCall<Mesh.Xds.Protos.LoadStatsRequest, Mesh.Xds.Protos.LoadStatsResponse>;

namespace Mesh.DataPlane.Loads;

/// <summary>One load-reporting stream from its first request to its end. Flow step 9.</summary>
internal sealed class LoadReportSession(LoadReportingService.LoadReportingServiceClient client, AdsOptions options, ConfigState config,
    TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    /// <summary>When the last report was sent, on this stream or before.</summary>
    public required long Since { get; set; }

    /// <summary>Called when the control plane says how often it wants reports.</summary>
    public required Action<TimeSpan> Asked { get; init; }

    /// <summary>Runs until the stream ends or is no longer wanted.</summary>
    /// <param name="changed">Another control plane is reported to from now on.</param>
    /// <param name="stopping">There is one more report, and that is the end.</param>
    /// <exception cref="RpcException">The stream broke, or did not come about.</exception>
    public async Task RunAsync(CancellationToken changed, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(changed);
        // The last report is waited for, though not for a control plane that takes nothing.
        using var late = stopping.Register(() => ending.CancelAfter(Farewell));
        using var call = client.StreamLoadStats(cancellationToken: ending.Token);
        var node = AdsNode.Of(options, "", "");
        node.ClientFeatures.Add(LoadMetrics.SendsAllClusters);
        await call.WriteAsync(new LoadStatsRequest { Node = node }).ConfigureAwait(false);

        var read = call.ResponseStream.MoveNext(CancellationToken.None);
        var asked = default(LoadStatsResponse);
        while (!stopping.IsCancellationRequested)
        {
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var pause = Task.Delay(asked is null ? Timeout.InfiniteTimeSpan : IntervalOf(asked), time, woken.Token);
            if (await Task.WhenAny(read, pause).ConfigureAwait(false) == read)
            {
                await woken.CancelAsync().ConfigureAwait(false);
                if (!await read.ConfigureAwait(false))
                    return;
                asked = call.ResponseStream.Current;
                Asked(IntervalOf(asked));
                read = call.ResponseStream.MoveNext(CancellationToken.None);
            }
            else if (asked is not null)
            {
                await ReportAsync(call, asked).ConfigureAwait(false);
            }
        }

        // One that has not said yet what it wants takes everything, as it does in a stream's first request.
        await ReportAsync(call, asked ?? new LoadStatsResponse { SendAllClusters = true }).ConfigureAwait(false);
        await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        // The control plane ends its side when it has read all.
        await read.ConfigureAwait(false);
    }

    // What is not a valid duration must not end the process; ToTimeSpan would throw.
    private static TimeSpan IntervalOf(LoadStatsResponse asked)
    {
        if (asked.LoadReportingInterval is not { } said || said.Seconds >= Longest.TotalSeconds)
            return Longest;
        var interval = said.Seconds < 0
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(said.Seconds) + TimeSpan.FromMicroseconds(said.Nanos / 1000.0);
        return interval < Shortest ? Shortest : interval;
    }

    private async Task ReportAsync(Call call, LoadStatsResponse asked)
    {
        var report = LoadReport.Of(config.Loads, cluster => asked.SendAllClusters || asked.Clusters.Contains(cluster), Since, time);
        await call.WriteAsync(report.Request).ConfigureAwait(false);
        report.Sent();
        Since = time.GetTimestamp();
        config.Loads.Tidy(config.Snapshot, time);
    }
}
