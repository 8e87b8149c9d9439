using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Feeds;

/// <summary>
/// A module's derived notifications (Flow step 4): published beside the entries for those who want the outcome rather than the change,
/// never appended to the log. Registered as a service by the module.
/// </summary>
public interface INotificationSource
{
    /// <summary>The notifications of one command.</summary>
    /// <param name="command">All entries of the command.</param>
    /// <param name="state">The state after it, or a newer one: a relay that is behind does not replay old states.</param>
    IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state);
}

/// <summary>A message that tells of an outcome.</summary>
/// <param name="Cause">
/// The last entry that it follows from; with <paramref name="IdSuffix"/> it makes the id, so a repetition is recognised.
/// </param>
/// <param name="IdSuffix">Such as <c>discovery-updated</c>; the id is <c>&lt;sequence&gt;/&lt;suffix&gt;</c>.</param>
/// <param name="Type">Such as <c>cdaprod.mesh.discovery.service-discovery-updated.v1</c>.</param>
/// <param name="Subject">What it is about, such as <c>discovery/default/echo</c>; also the message's key.</param>
/// <param name="Data">JSON.</param>
public sealed record Notification(LogEntry Cause, string IdSuffix, string Type, string Subject, ReadOnlyMemory<byte> Data);
