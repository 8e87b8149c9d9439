namespace Mesh.DataPlane.Transport;

/// <summary>
/// A request that must not be written to an upstream, since its head is malformed. Nothing of it was sent, and no endpoint is to blame.
/// </summary>
/// <param name="fault">What is wrong with it.</param>
public sealed class MalformedRequestException(string fault) : ClientSafeException(fault);
