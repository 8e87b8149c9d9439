namespace Mesh.DataPlane.Ads;

/// <summary>The state of the connection to the control plane.</summary>
/// <param name="Connected">Whether a stream is open and answered.</param>
/// <param name="ControlPlane">The control plane of the stream, or the one last tried.</param>
/// <param name="Since">When <c>Connected</c> last changed.</param>
/// <param name="LastResponse">When the last response came, or null if none has yet.</param>
/// <param name="Nacks">How many responses were refused since the process began.</param>
/// <param name="LastFault">
/// What was wrong with the last response of this stream that was refused, or why the last stream ended; null if neither happened.
/// </param>
public sealed record AdsStatus(bool Connected, Uri? ControlPlane, DateTimeOffset Since, DateTimeOffset? LastResponse, long Nacks,
    string? LastFault);
