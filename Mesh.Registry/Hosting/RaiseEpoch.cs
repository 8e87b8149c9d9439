using Mesh.Kernel.Log;
using Mesh.Storage.Hosting;

namespace Mesh.Registry.Hosting;

/// <summary>
/// <c>Mesh.Registry --raise-epoch</c>: marks the log as restored from a copy, so that everybody who has seen the lost future discards it
/// and attaches again. Part of a restore, while no Registry runs; see docs/operations.md.
/// </summary>
internal static class RaiseEpoch
{
    private const string Flag = "--raise-epoch";

    public static bool IsAskedFor(string[] args) => args.Contains(Flag);

    /// <summary>Raises it and ends. 0 when done, 1 with the reason if the log cannot be written.</summary>
    public static async Task<int> RunAsync(IConfiguration configuration)
    {
        try
        {
            // A copy may be older than this program: what migrates it is printed too.
            using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            await using var store = LogStoreFactory.Create(configuration, logs);
            var position = await store.OpenAsync(CancellationToken.None);
            var identity = await store.RaiseEpochAsync(CancellationToken.None);
            await Console.Out.WriteLineAsync($"log {identity.LogId:N} at sequence {position.Sequence}: the epoch is {identity.Epoch} now");
            return 0;
        }
        catch (LogStoreException refused)
        {
            await Console.Error.WriteLineAsync($"The epoch was not raised: {refused.Message}");
            return 1;
        }
    }
}
