using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Mesh.Kernel.Commands;

/// <summary>Reads a sequence in a task of its own, some items ahead of its consumer.</summary>
internal static class ReadAhead
{
    /// <summary>The same items, in order; a failure of the source comes out where it stood.</summary>
    public static async IAsyncEnumerable<T> AheadAsync<T>(this IAsyncEnumerable<T> source, int items,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(items) { SingleReader = true, SingleWriter = true });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Task.Run(() => FillAsync(source, channel.Writer, over.Token), CancellationToken.None);
        try
        {
            await foreach (var item in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return item;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    /// <summary>Never fails itself: what the source throws goes to the consumer through the channel.</summary>
    private static async Task FillAsync<T>(IAsyncEnumerable<T> source, ChannelWriter<T> target, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in source.WithCancellation(cancellationToken).ConfigureAwait(false))
                await target.WriteAsync(item, cancellationToken).ConfigureAwait(false);
            target.Complete();
        }
#pragma warning disable CA1031 // Handed on whole to the consumer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            target.Complete(exception);
        }
    }
}
