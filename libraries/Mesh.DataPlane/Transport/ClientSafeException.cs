namespace Mesh.DataPlane.Transport;

/// <summary>
/// A failure whose message a client may read: it is this project's own, and quotes nothing that an endpoint has sent.
/// </summary>
/// <param name="message">The message.</param>
public abstract class ClientSafeException(string message) : Exception(message);
