using Mesh.Api.Client.Errors;
using Mesh.Cli.Running;

namespace Mesh.Cli.Http;

/// <summary>Follows a list until interrupted, which is the normal end of a watch; outlasts a mesh that is unavailable.</summary>
internal static class ListFollower
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30), LongestPause = TimeSpan.FromSeconds(5),
        LeastRound = TimeSpan.FromMilliseconds(200);

    /// <param name="session">Of the command.</param>
    /// <param name="cancellation">Ctrl+C.</param>
    /// <param name="poll">
    /// Asks for what is newer than the position (null at first), waiting so long for it; returns the new position.
    /// </param>
    public static async Task RunAsync(Session session, CancellationToken cancellation, Func<long?, TimeSpan, Task<long>> poll)
    {
        var time = TimeProvider.System;
        long? position = null;
        var failures = 0;
        try
        {
            while (true)
            {
                var started = time.GetTimestamp();
                try
                {
                    var next = await poll(position, Wait);
                    // A server that answers at once although nothing is new must not be asked without end.
                    if (next == position && time.GetElapsedTime(started) < LeastRound)
                        await Task.Delay(LeastRound, time, cancellation);
                    (position, failures) = (next, 0);
                }
                catch (MeshApiException away) when (position is not null && away.IsTransient)
                {
                    if (failures == 0)
                        session.Printer.Say($"{away.Message.Split('\n')[0]}; waiting for it to come back");
                    await Task.Delay(TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.25 * ++failures)), time, cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The user has seen enough.
        }
    }
}
