using System.Globalization;

namespace Mesh.Kernel.Log;

/// <summary>Which log this is, and which life of it.</summary>
/// <param name="LogId">Made with the database, never changed.</param>
/// <param name="Epoch">
/// Starts at 1; raised by one each time the log is restored from a copy, so that readers of the lost future notice.
/// </param>
public readonly record struct LogIdentity(Guid LogId, long Epoch)
{
    /// <summary><c>logid/epoch</c>, as it stands in Redis key prefixes and messages.</summary>
    public override string ToString() => $"{LogId:N}/{Epoch}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out LogIdentity identity)
    {
        var slash = text.IndexOf('/');
        var read = Guid.TryParseExact(text.AsSpan(0, Math.Max(slash, 0)), "N", out var log)
            & long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch);
        identity = read ? new(log, epoch) : default;
        return read;
    }
}
